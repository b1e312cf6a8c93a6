//! The database as it is now becomes a second one on its server, which copies its files: a fraction of the time of any dump.
//!
//! The server does that for the database's owner, and while nobody is connected to it; otherwise a backup is the way. What belongs
//! to a database and lies in no file of it, settings, rights and comment, is taken from pg_dump's table of contents.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::archive::toc::{Entry, Toc};
use crate::conn::{PostgresTarget, Target};
use crate::engine::{Session, connect};
use crate::error::{Error, ErrorKind, Result};
use crate::scratch::{Begin, Original, ScratchDatabase, ScratchFolder};
use crate::sql::ident;
use crate::tool::{SchemaDump, dump_toc, find_binaries};

use super::birth;
use super::course::names_free;
use super::options::{Options, Way};
use super::reach::{self, Makers, Servers};
use super::restored::Restored;
use super::room;
use super::run::named;
use super::swap::Newborn;
use super::world::{Question, World};

/// The backup that is none: the database as it is now.
pub const LIVE: &str = "live";

/// How a database is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// By its server, from its files: `CREATE DATABASE … TEMPLATE`.
    Server,
    /// By a backup that is restored and compared, and goes again.
    Backup,
}

/// What copying a database will do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CopyPlan {
    /// The database.
    pub database: String,
    /// The one that comes of it.
    pub into: String,
    /// How.
    pub by: By,
    /// Why not in the quicker way, where there is one: a clause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The database's size in bytes, where that may be known.
    pub bytes: Option<u64>,
    /// What is done, a sentence each, in order.
    pub steps: Vec<String>,
}

/// What copying a database has done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Copied {
    /// The database.
    pub database: String,
    /// The one that has come of it.
    pub into: String,
    /// How.
    pub by: By,
    /// Why not in the quicker way, where there is one: a clause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Its size in bytes, where that may be known.
    pub bytes: Option<u64>,
    /// What was left out and why, a sentence each.
    pub left_out: Vec<String>,
    /// What restoring the backup has done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored: Option<Restored>,
    /// How long it took.
    pub seconds: f64,
}

/// Where PostgreSQL's programs are found, and where they may write for a moment.
pub struct Desk<'a> {
    /// The value of PATH.
    pub search_path: &'a str,
    /// A folder for temporary files.
    pub temporary: &'a Path,
}

impl CopyPlan {
    /// The plan to copy `database` by a backup, for this reason.
    pub fn by_backup(database: String, into: String, bytes: Option<u64>, because: Option<String>) -> Self {
        let steps = vec![
            format!("back up {database} into a folder that goes again"),
            "restore it into a new database, under a scratch name".to_owned(),
            "read every table again and compare it with what was backed up".to_owned(),
            format!("name it {into}"),
        ];
        Self { database, into, by: By::Backup, because, bytes, steps }
    }

    fn by_server(database: String, into: String, owner: &str, bytes: Option<u64>) -> Self {
        let steps = vec![
            format!("have the server copy the files of {database} into a database for {owner}, under a scratch name"),
            "give it the settings, rights and comment of the first".to_owned(),
            format!("name it {into}"),
        ];
        Self { database, into, by: By::Server, because: None, bytes, steps }
    }
}

/// The name of the new database.
///
/// # Errors
/// [`ErrorKind::Usage`]: there is to be none.
pub fn new_name(options: &Options) -> Result<&str> {
    match &options.way {
        Way::New(name) => Ok(name),
        _ => Err(Error::new(ErrorKind::Usage, "live is the database as it is now, and has its place already")
            .hint("copy it into a new one: mainstay restore live --into NAME")
            .hint("or restore a backup: mainstay restore latest")),
    }
}

/// What copying the database of `servers` will do.
///
/// # Errors
/// There is no such database, the new one's name is taken, nobody may make it, or there is no room for it. Nothing is changed.
pub async fn plan_copy(options: &Options, servers: &Servers<'_>) -> Result<CopyPlan> {
    let (database, into) = (servers.target.dbname.clone(), new_name(options)?.to_owned());
    let maintenance = Target::Postgres(reach::makers(servers).await?.maintenance);
    let mut session = connect(&maintenance, servers.context).await?;
    let found = look(session.as_mut(), &database, options).await;
    session.close().await;
    let (original, data) = found?;
    room::check_copy(data.as_deref().filter(|_| servers.target.is_on_this_machine()), original.bytes)?;
    let bytes = Some(original.bytes).filter(|bytes| *bytes > 0);
    let quick = match taken_apart(options) {
        Some(because) => Err(because),
        None => original.refuse_copy().map_err(|refused| refused.message().to_owned()),
    };
    Ok(match quick {
        Ok(()) => CopyPlan::by_server(database, into, original.other_owner().unwrap_or(&original.user), bytes),
        Err(because) => CopyPlan::by_backup(database, into, bytes, Some(because)),
    })
}

/// What the server says of `database`, and its data folder where it tells.
async fn look(session: &mut dyn Session, database: &str, options: &Options) -> Result<(Original, Option<String>)> {
    let original = Original::ask(session, database).await?;
    let names = [options.way.database().to_owned()];
    let question = Question { roles: &[], extensions: &[], tablespaces: &[], databases: &names };
    let world = World::read(session, &question).await?;
    names_free(&world, &options.way, None, LIVE)?;
    Ok((original, world.data_folder))
}

/// Why the files do not do for what is asked, as a clause.
fn taken_apart(options: &Options) -> Option<String> {
    let asked = [
        (!options.only.is_empty(), "some of the tables are wanted"),
        (options.owners.none || !options.owners.map.is_empty(), "other owners are wanted"),
        (options.birth.encoding.is_some() || options.birth.locale.is_some(), "another encoding or locale is wanted"),
    ];
    asked.into_iter().find_map(|(asked, why)| asked.then(|| why.to_owned()))
}

/// Has the server copy the database as `plan` says.
///
/// # Errors
/// Somebody is connected to it (SQLSTATE 55006), no pg_dump fits the server, or a step fails. What was made is gone again.
pub async fn copy(plan: &CopyPlan, servers: &Servers<'_>, desk: &Desk<'_>) -> Result<Copied> {
    let began = Instant::now();
    let Makers { maintenance, version, .. } = reach::makers(servers).await?;
    // Before the copy: meanwhile nobody may be connected, pg_dump neither.
    let toc = about(servers.target, version, desk).await?;
    let mut session = connect(&Target::Postgres(maintenance.clone()), servers.context).await?;
    let original = Original::ask(session.as_mut(), &plan.database).await?;
    let begin = Begin::Copy(&plan.database);
    let made = ScratchDatabase::begin(&maintenance, original.other_owner(), begin, servers.context).await;
    let scratch = made.map_err(|error| error.context(format!("the server does not copy {}", plan.database)))?;
    let name = scratch.target().dbname.clone();
    let finished = match endowed(session.as_mut(), &toc, &name, original.other_owner().is_some()).await {
        Ok(left_out) => {
            let comment = birth::comment(&toc, &name);
            // Without one of its own it loses the comment that says it is a scratch database.
            let comment = comment.unwrap_or_else(|| format!("COMMENT ON DATABASE {} IS NULL", ident(&name)));
            let newborn = Newborn { scratch: &name, comment, name: &plan.into, kept: None };
            named(&maintenance, servers.context, &newborn).await.map(|()| left_out)
        }
        Err(error) => Err(error),
    };
    session.close().await;
    // Where it has got its name, there is no scratch database of the other name any more.
    let removed = scratch.remove().await;
    let left_out = finished?;
    removed?;
    Ok(Copied {
        database: plan.database.clone(),
        into: plan.into.clone(),
        by: By::Server,
        because: None,
        bytes: plan.bytes,
        left_out,
        restored: None,
        seconds: began.elapsed().as_secs_f64(),
    })
}

/// What pg_dump says of the database itself.
async fn about(target: &PostgresTarget, version: u32, desk: &Desk<'_>) -> Result<Toc> {
    let folder = ScratchFolder::create(desk.temporary)?;
    let folder = folder.path().join("database");
    let binaries = find_binaries(desk.search_path, &["pg_dump"])?;
    let (encoding, lock_wait) = ("UTF8", Duration::from_secs(5));
    let dump = SchemaDump { snapshot: None, encoding, without_schemas: true, lock_wait, folder: &folder };
    dump_toc(target, version, &binaries, &dump).await?;
    let file = folder.join("toc.dat");
    Toc::read(&std::fs::read(&file).map_err(|error| Error::io("read", &file, error))?)
}

/// Gives the database `name` the settings and rights that the first one has, and takes back those of the session's role, where it
/// is a guest there; what may not be given, a sentence each.
async fn endowed(session: &mut dyn Session, toc: &Toc, name: &str, guest: bool) -> Result<Vec<String>> {
    let (rights, settings): (Vec<_>, Vec<_>) = birth::settings(toc, name).partition(|(entry, _)| entry.kind == "ACL");
    let mut left_out = Vec::new();
    let mut passed_over = |entry: &Entry, result: Result<_>| match result {
        Err(error) if error.kind() == ErrorKind::ConnectionLost => Err(error),
        Err(error) => {
            left_out.push(format!("{} ({error})", entry.describe()));
            Ok(())
        }
        Ok(_) => Ok(()),
    };
    for (entry, sql) in settings {
        passed_over(entry, session.query(&sql).await)?;
    }
    // So far it was for nobody but its owner: what everybody has without a word is given back, all in one.
    let quoted = ident(name);
    let given: Vec<&str> = rights.iter().map(|(_, sql)| sql.as_str()).collect();
    let left = if guest { format!("REVOKE ALL ON DATABASE {quoted} FROM CURRENT_USER;") } else { String::new() };
    let everybodys = format!("GRANT CONNECT, TEMPORARY ON DATABASE {quoted} TO PUBLIC");
    let sql = format!("BEGIN; {left} {everybodys}; {}; COMMIT", given.concat());
    if let Err(error) = session.query(&sql).await {
        session.query("ROLLBACK").await?;
        left_out.push(format!("rights on the database ({error}): it is for its owner alone"));
    }
    Ok(left_out)
}
