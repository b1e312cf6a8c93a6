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
use crate::ledger;
use crate::observer::Event;
use crate::scratch::{Begin, Original, ScratchDatabase, ScratchFolder};
use crate::sql::ident;
use crate::tool::{SchemaDump, dump_toc, find_binaries};

use super::birth;
use super::options::{Options, Way};
use super::reach::{self, Makers, Servers};
use super::restored::Restored;
use super::room;
use super::run::named;
use super::select;
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
    /// The role that it will belong to; a file has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
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
    /// What was done: as planned, or by a backup where the server did not copy it.
    #[serde(flatten)]
    pub plan: CopyPlan,
    /// What the server did not let it have and why, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// What restoring the backup has done, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored: Option<Restored>,
    /// How long it took.
    pub seconds: f64,
}

/// Where pg_dump is found, and where it may write for a moment.
pub struct Desk<'a> {
    /// The value of PATH.
    pub search_path: &'a str,
    /// A folder for temporary files.
    pub temporary: &'a Path,
}

impl CopyPlan {
    /// The plan to copy `database` into a database for `owner`, where it has one.
    pub fn new(by: By, database: String, into: String, owner: Option<String>, bytes: Option<u64>) -> Self {
        let made = owner.as_ref().map_or_else(|| "a new file".to_owned(), |owner| format!("a database for {owner}"));
        let steps = match by {
            By::Server => vec![
                format!("have the server copy the files of {database} into {made}, under a scratch name"),
                format!("meanwhile whoever connects to {database} waits"),
                "give it the settings, rights and comment of the first".to_owned(),
                format!("name it {into}"),
            ],
            By::Backup => vec![
                format!("back up {database} into a folder for temporary files, which goes again"),
                format!("restore it into {made}, under a scratch name"),
                "read every table again and compare it with what was backed up".to_owned(),
                format!("name it {into}"),
            ],
        };
        Self { database, into, owner, by, because: None, bytes, steps }
    }

    /// The same by a backup, `because` the server does not do it.
    pub fn by_backup(self, because: String) -> Self {
        let Self { database, into, owner, bytes, .. } = self;
        Self { because: Some(because), ..Self::new(By::Backup, database, into, owner, bytes) }
    }
}

/// The name of the new database.
///
/// # Errors
/// [`ErrorKind::Usage`]: there is to be none, or it has no name.
pub fn new_name(options: &Options) -> Result<&str> {
    match &options.way {
        Way::New(name) if name.is_empty() => {
            Err(Error::new(ErrorKind::Usage, "a new database needs a name").hint("mainstay restore live --into NAME"))
        }
        Way::New(name) => Ok(name),
        _ => Err(Error::new(ErrorKind::Usage, "live is the database as it is now, and has its place already")
            .hint("copy it into a new one: mainstay restore live --into NAME")
            .hint("or restore a backup: mainstay restore latest")),
    }
}

/// What copying the database of `servers` will do.
///
/// # Errors
/// There is no such database, or no such table as is wanted; the new one's name is taken, nobody may make it, or there is no room
/// for it. Nothing is changed.
pub async fn plan_copy(options: &Options, servers: &Servers<'_>, desk: &Desk<'_>) -> Result<CopyPlan> {
    let (database, into) = (servers.target.dbname.clone(), new_name(options)?.to_owned());
    let production = options.production || marked(servers).await;
    let Makers { maintenance, version, .. } = reach::makers(servers).await?;
    let mut session = connect(&Target::Postgres(maintenance), servers.context).await?;
    let found = look(session.as_mut(), &database, &into).await;
    session.close().await;
    let (original, world) = found?;
    if !options.only.is_empty() {
        let toc = schema(servers.target, version, &original, false, desk).await?;
        select::tables(&toc, &options.only)?;
    } else if original.in_data_folder {
        room::check_copy(world.folder_here(servers.target), original.bytes)?;
    }
    let quick = match taken_apart(options) {
        Some(because) => Err(because),
        // Nobody waits for a copy of files of who knows how many minutes.
        None if production => Err("it is a production database, and whoever connects would have to wait".to_owned()),
        None => original.refuse_copy().map_err(|refused| refused.message().to_owned()),
    };
    let by = if quick.is_ok() { By::Server } else { By::Backup };
    let owner = original.owner.clone().unwrap_or_else(|| original.user.clone());
    let bytes = Some(original.bytes).filter(|bytes| *bytes > 0);
    Ok(CopyPlan { because: quick.err(), ..CopyPlan::new(by, database, into, Some(owner), bytes) })
}

/// Whether the database is marked as a production one.
async fn marked(servers: &Servers<'_>) -> bool {
    let target = Target::Postgres(servers.target.clone());
    let Ok(mut session) = connect(&target, servers.context).await else { return false };
    let marked = ledger::is_marked(session.as_mut()).await;
    session.close().await;
    marked
}

/// So often it is asked, after a pause, whether the database's other sessions are gone: those that have just ended, ours among
/// them, are still counted for a moment.
const LOOKS: usize = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// What the server says of `database`, and of itself.
async fn look(session: &mut dyn Session, database: &str, into: &str) -> Result<(Original, World)> {
    let mut original = Original::ask(session, database).await?;
    for _ in 0..LOOKS {
        if original.others == 0 {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        original = Original::ask(session, database).await?;
    }
    if original.on_standby {
        let message = "the server is a standby, and makes no databases";
        return Err(Error::new(ErrorKind::Refused, message).hint("name the primary: --url, or --target"));
    }
    let names = [into.to_owned()];
    let question = Question { roles: &[], extensions: &[], tablespaces: &[], databases: &names };
    let world = World::read(session, &question).await?;
    let another = "under another name: mainstay restore live --into NAME";
    if world.databases.contains_key(into) {
        return Err(Error::new(ErrorKind::Refused, format!("there is a database {into} already")).hint(another));
    }
    if into.len() > 63 {
        let message = format!("the name {into} is longer than the server's 63 bytes");
        return Err(Error::new(ErrorKind::Refused, message).hint(another));
    }
    Ok((original, world))
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
/// [`ErrorKind::Refused`]: the server does not copy it, for somebody has connected to it, or for a reason of its own. No pg_dump
/// fits the server, or a step fails. What was made is gone again.
pub async fn copy(plan: &CopyPlan, servers: &Servers<'_>, desk: &Desk<'_>) -> Result<Copied> {
    let began = Instant::now();
    let Makers { maintenance, version, .. } = reach::makers(servers).await?;
    let mut session = connect(&Target::Postgres(maintenance.clone()), servers.context).await?;
    let original = Original::ask(session.as_mut(), &plan.database).await;
    session.close().await;
    let original = original?;
    // Before the copy: meanwhile nobody may be connected, pg_dump neither.
    let toc = schema(servers.target, version, &original, true, desk).await?;
    let title = "copy the files";
    servers.context.observer.event(Event::StepStarted { title });
    let begin = Begin::Copy(&plan.database);
    let made = ScratchDatabase::begin(&maintenance, original.other_owner(), begin, servers.context).await;
    let scratch = made.map_err(|error| match error.kind() {
        ErrorKind::ConnectionLost => error,
        _ => error.context(format!("the server does not copy {}", plan.database)).of_kind(ErrorKind::Refused),
    })?;
    servers.context.observer.event(Event::StepDone { title, took: began.elapsed() });
    let guest = original.other_owner().is_some();
    let finished = finish(&scratch.target().dbname, &plan.into, guest, &toc, &maintenance, servers).await;
    // Where it has got its name, there is no scratch database of the other name any more.
    let name = scratch.target().dbname.clone();
    if let Err(error) = scratch.remove().await {
        let message = format!("the scratch database {name} could not be dropped: {}", error.one_line());
        servers.context.observer.event(Event::Warning { message: &message });
    }
    let left_out = finished.map_err(|error| match error.kind() {
        // Nobody has heard whether the server was done.
        ErrorKind::ConnectionLost => error.hint(format!("see whether it is there: mainstay status -d {}", plan.into)),
        _ => error.hint("nothing was changed: the copy is dropped again"),
    })?;
    Ok(Copied { plan: plan.clone(), left_out, restored: None, seconds: began.elapsed().as_secs_f64() })
}

/// What pg_dump says of the objects of the database, or of the database itself `without_schemas`.
async fn schema(
    target: &PostgresTarget,
    version: u32,
    original: &Original,
    without_schemas: bool,
    desk: &Desk<'_>,
) -> Result<Toc> {
    let scratch = ScratchFolder::create(desk.temporary)?;
    let folder = scratch.path().join("database");
    let binaries = find_binaries(desk.search_path, &["pg_dump"])?;
    let encoding = if original.unencoded { "SQL_ASCII" } else { "UTF8" };
    let lock_wait = Duration::from_secs(5);
    let dump = SchemaDump { snapshot: None, encoding, without_schemas, lock_wait, folder: &folder };
    dump_toc(target, version, &binaries, &dump).await?;
    let file = folder.join("toc.dat");
    Toc::read(&std::fs::read(&file).map_err(|error| Error::io("read", &file, error))?)
}

/// Makes the copy, which is called `scratch`, the database `into`; what it could not be given, a sentence each.
async fn finish(
    scratch: &str,
    into: &str,
    guest: bool,
    toc: &Toc,
    maintenance: &PostgresTarget,
    servers: &Servers<'_>,
) -> Result<Vec<String>> {
    let mut session = connect(&Target::Postgres(maintenance.clone()), servers.context).await?;
    let left_out = endowed(session.as_mut(), toc, scratch, guest).await;
    session.close().await;
    let left_out = left_out?;
    // Without one of its own it loses the comment that says it is a scratch database.
    let none = || format!("COMMENT ON DATABASE {} IS NULL", ident(scratch));
    let comment = birth::comment(toc, scratch).unwrap_or_else(none);
    let newborn = Newborn { scratch, comment, name: into, kept: None };
    named(maintenance, servers.context, &newborn).await.map(|()| left_out)
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
    let sql = format!("BEGIN; {left} {everybodys}; {}; COMMIT", given.join("; "));
    if let Err(error) = session.query(&sql).await {
        session.query("ROLLBACK").await?;
        left_out.push(format!("rights on the database ({error}): it is for its owner alone"));
    }
    Ok(left_out)
}
