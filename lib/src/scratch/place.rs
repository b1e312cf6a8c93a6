//! A scratch database for a target, wherever one can be had.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

#[cfg(feature = "postgres")]
use crate::conn::PostgresTarget;
use crate::conn::{SqliteTarget, Target};
use crate::engine::Context;
#[cfg(feature = "postgres")]
use crate::engine::connect;
use crate::error::{Error, Result};
#[cfg(feature = "postgres")]
use crate::sql::ident;
#[cfg(feature = "postgres")]
use crate::tool::find_binaries;

#[cfg(feature = "postgres")]
use super::{ScratchDatabase, ScratchServer};

/// What a scratch database has to be like.
pub struct Wanted<'a> {
    /// The database that it stands beside.
    pub target: &'a Target,
    /// Whether it may be on the target's own server: what runs in it touches nothing of the whole cluster.
    pub beside: bool,
    /// The server's major version; a private server is of the same one where it is installed.
    pub major: u32,
    /// Roles that a private server has to have, so that scripts may name them.
    pub roles: &'a [String],
    /// The value of PATH, for finding a server's programs.
    pub search_path: &'a str,
    /// The folder for temporary files; a short path, for a socket's is limited.
    pub temporary: &'a Path,
    /// Observer, dialler, session name.
    pub context: &'a Context,
}

/// An empty database that is gone again after [`Place::remove`].
pub struct Place {
    target: Target,
    place: String,
    kind: Kind,
}

enum Kind {
    #[cfg(feature = "postgres")]
    Database(Box<ScratchDatabase>),
    #[cfg(feature = "postgres")]
    Server(ScratchServer),
    File(Folder),
}

impl Place {
    /// Makes one: on the target's own server where that may be and the role can, else on a private server; for SQLite, a file.
    ///
    /// # Errors
    /// Neither could be made: both reasons.
    pub async fn make(wanted: &Wanted<'_>) -> Result<Self> {
        match wanted.target {
            #[cfg(feature = "postgres")]
            Target::Postgres(target) => {
                let why_not = match wanted.beside {
                    true => match on_the_server(target, wanted.context).await {
                        Ok(scratch) => return Ok(scratch),
                        Err(error) => format!("the target's server gives none: {}", in_one_line(&error)),
                    },
                    false => {
                        "the target's server is left alone: the scripts change what its databases share".to_owned()
                    }
                };
                let private = on_a_private_server(target, wanted).await;
                private.map_err(|error| error.context(format!("no scratch database can be made; {why_not}")))
            }
            _ => in_a_file(wanted.temporary),
        }
    }

    /// How to reach it.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Where it is, for people: `a scratch database on the same server`.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Removes it, sessions and all.
    ///
    /// # Errors
    /// It cannot be removed: the message names it.
    pub async fn remove(self, context: &Context) -> Result<()> {
        match self.kind {
            #[cfg(feature = "postgres")]
            Kind::Database(database) => database.remove().await,
            #[cfg(feature = "postgres")]
            Kind::Server(server) => server.stop().await,
            Kind::File(folder) => {
                // The folder goes with its value; nothing else is to be done.
                drop(folder);
                let _ = context;
                Ok(())
            }
        }
    }
}

#[cfg(feature = "postgres")]
fn in_one_line(error: &Error) -> String {
    std::iter::once(error.message().to_owned()).chain(error.causes()).collect::<Vec<_>>().join(": ")
}

#[cfg(feature = "postgres")]
async fn on_the_server(target: &PostgresTarget, context: &Context) -> Result<Place> {
    let database = ScratchDatabase::create(target, None, context).await?;
    let target = Target::Postgres(database.target().clone());
    Ok(Place {
        target,
        place: "a scratch database on the same server".to_owned(),
        kind: Kind::Database(Box::new(database)),
    })
}

/// A server that nobody else reaches and whose end loses nothing: durability is of no use to it.
#[cfg(feature = "postgres")]
const THROW_AWAY: [(&str, &str); 3] = [("fsync", "off"), ("full_page_writes", "off"), ("synchronous_commit", "off")];

#[cfg(feature = "postgres")]
async fn on_a_private_server(target: &PostgresTarget, wanted: &Wanted<'_>) -> Result<Place> {
    let found = find_binaries(wanted.search_path, &["postgres", "initdb", "pg_ctl"])?;
    let fitting = found.iter().find(|binaries| binaries.major == wanted.major).or(found.first());
    let binaries = fitting.ok_or_else(|| Error::new(crate::ErrorKind::Program, "no PostgreSQL server programs"))?;
    let server = ScratchServer::start(binaries, wanted.temporary, &THROW_AWAY).await?;
    let maintenance = server.target("postgres", "postgres");
    // Scripts may name their database: ALTER DATABASE … SET.
    let mut statements = vec![format!("CREATE DATABASE {} TEMPLATE template0", ident(&target.dbname))];
    statements.extend(
        wanted.roles.iter().filter(|role| *role != "postgres").map(|role| format!("CREATE ROLE {}", ident(role))),
    );
    if target.dbname == maintenance.dbname {
        statements.remove(0);
    }
    let mut session = connect(&Target::Postgres(maintenance), wanted.context).await?;
    for statement in &statements {
        session.query(statement).await?;
    }
    session.close().await;
    let place = format!("a scratch database on a private server (PostgreSQL {})", binaries.version);
    Ok(Place { target: Target::Postgres(server.target("postgres", &target.dbname)), place, kind: Kind::Server(server) })
}

fn in_a_file(temporary: &Path) -> Result<Place> {
    let folder = Folder::new(temporary.join(new_name()))?;
    let target = Target::Sqlite(SqliteTarget { path: folder.0.join("scratch.sqlite3") });
    Ok(Place { target, place: "a scratch file".to_owned(), kind: Kind::File(folder) })
}

/// A name that no other instance chooses.
fn new_name() -> String {
    format!("mainstay_scratch_{:016x}", RandomState::new().build_hasher().finish())
}

/// A folder for nobody else's eyes, removed with its value.
struct Folder(PathBuf);

impl Folder {
    fn new(path: PathBuf) -> Result<Self> {
        let made = std::fs::DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|error| Error::io("make the folder", &path, error))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
