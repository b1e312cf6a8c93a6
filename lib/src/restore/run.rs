//! Carrying a plan out.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::conn::{PostgresTarget, Target};
use crate::engine::{Context, Session, connect};
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;
use crate::scratch::{Begin, ScratchDatabase};
use crate::sql::ident;

use super::archive::Archive;
use super::backup::Backup;
use super::birth;
use super::check::{self, Compared};
use super::crew::{Crew, Tally};
use super::decide::{decide, decide_script};
use super::decision::{Decision, RestorePlan};
use super::lent::Lent;
use super::object::Manner;
use super::options::{Options, Way};
use super::perform::Performance;
use super::plain::Plain;
use super::reach::{self, Makers};
use super::swap::{self, Newborn};
use super::work::{self, Job, TableName, What, name_of};
use super::{clean, existing, large_objects, session};

/// What a restore has done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Restored {
    /// The database.
    pub database: String,
    /// The name that the old one is kept under.
    pub kept: Option<String>,
    /// Tables that were restored.
    pub tables: u64,
    /// Rows that were found in them afterwards.
    pub rows: u64,
    /// Tables whose rows were compared by digest with what was backed up.
    pub compared: u64,
    /// Tables whose rows were counted, and were as many as were sent.
    pub counted: u64,
    /// Tables of which nobody knows what they should have.
    pub unknown: Vec<String>,
    /// Roles that were made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Large objects.
    pub large_objects: u64,
    /// What was left out and why, a sentence each.
    pub left_out: Vec<String>,
    /// How long it took.
    pub seconds: f64,
}

/// How a server is reached: as the role that restores, and as one that may create databases where that one may not.
pub struct Servers<'a> {
    /// The target; its database need not be there.
    pub target: &'a PostgresTarget,
    /// The connection that creates, where one is configured.
    pub admin: Option<&'a PostgresTarget>,
    /// Observer, dialler and session name.
    pub context: &'a Context,
}

/// What restoring `backup` will do.
///
/// # Errors
/// It will not do: something is missing or in the way. Nothing is changed.
pub async fn plan(backup: &mut Backup, options: &Options, servers: &Servers<'_>) -> Result<RestorePlan> {
    let decided = decision(backup, options, servers).await?;
    decided.making.check(servers).await?;
    if !matches!(decided.way, Way::InPlace(_)) {
        reach::makers(servers).await?;
    }
    Ok(decided.plan)
}

/// Restores `backup` as `plan` says.
///
/// # Errors
/// The state has changed since the plan was made, or a step fails. What was made is gone again, and the old database is as it
/// was.
pub async fn restore(
    backup: &mut Backup,
    plan: &RestorePlan,
    options: &Options,
    servers: &Servers<'_>,
) -> Result<Restored> {
    let began = Instant::now();
    let decision = decision(backup, options, servers).await?;
    if decision.plan.state != plan.state {
        return Err(Error::new(ErrorKind::Refused, "the server has changed since the plan was made")
            .hint("make a new plan: mainstay restore --dry-run"));
    }
    options.consent.check(decision.plan.asks, &decision.plan.database)?;
    decision.making.make(servers).await?;
    match carried_out(backup, &decision, options, servers).await {
        Ok(tally) => Ok(restored(&decision, &tally, began)),
        Err(error) => Err(decision.making.unmake(servers, error).await),
    }
}

async fn carried_out(backup: &Backup, decision: &Decision, options: &Options, servers: &Servers<'_>) -> Result<Tally> {
    let tally = match &decision.way {
        Way::InPlace(name) => in_place(backup, decision, options, servers, name).await?,
        Way::New(name) | Way::Swap(name) => anew(backup, decision, options, servers, name).await?,
        Way::Scratch => filled(backup, decision, options, servers).await?.gone(servers.context).await,
    };
    match tally.compared.values().find_map(Compared::mismatch) {
        Some(mismatch) => Err(check::refused(mismatch)),
        None => Ok(tally),
    }
}

pub(super) async fn decision(backup: &mut Backup, options: &Options, servers: &Servers<'_>) -> Result<Decision> {
    let mut session = reach::any(servers).await?;
    let decided = match backup {
        Backup::Archive(archive) => match archive.turn(session.as_mut()).await {
            Ok(()) if options.roles => match archive.read_globals().await {
                Ok(()) => decide(archive, options, session.as_mut()).await,
                Err(error) => Err(error),
            },
            Ok(()) => decide(archive, options, session.as_mut()).await,
            Err(error) => Err(error),
        },
        Backup::Plain(plain) => decide_script(plain, options, session.as_mut()).await,
    };
    session.close().await;
    decided
}

/// A scratch database that was filled.
pub(super) struct Filled {
    scratch: ScratchDatabase,
    maintenance: PostgresTarget,
    /// As the role that restores.
    pub(super) target: PostgresTarget,
    tally: Tally,
}

impl Filled {
    /// Drops it. What was found out counts whatever becomes of it: what cannot be dropped now is swept away by the next run.
    pub(super) async fn gone(self, context: &Context) -> Tally {
        let name = self.target.dbname;
        if let Err(error) = self.scratch.remove().await {
            let message = format!("the scratch database {name} could not be dropped: {}", error.one_line());
            context.observer.event(Event::Warning { message: &message });
        }
        self.tally
    }
}

/// Into a scratch database; where that fails, it is dropped.
pub(super) async fn filled(
    backup: &Backup,
    decision: &Decision,
    options: &Options,
    servers: &Servers<'_>,
) -> Result<Filled> {
    let Makers { maintenance, version, .. } = reach::makers(servers).await?;
    let clause = match backup {
        Backup::Archive(archive) => birth::clause(Some(&archive.toc), &archive.encoding(), &options.birth, version),
        Backup::Plain(plain) => {
            birth::clause(None, plain.survey.encoding.as_deref().unwrap_or("UTF8"), &options.birth, version)
        }
    };
    let made = ScratchDatabase::begin(&maintenance, Some(&decision.owner), Begin::With(&clause), servers.context).await;
    let scratch = made.map_err(|error| reach::not_made(error, &maintenance))?;
    let target = PostgresTarget { dbname: scratch.target().dbname.clone(), ..servers.target.clone() };
    let filled = match backup {
        Backup::Archive(archive) => fill(archive, decision, options, servers, &target).await,
        Backup::Plain(plain) => perform(plain, decision, servers, &target).await,
    };
    match filled {
        Ok(tally) => Ok(Filled { scratch, maintenance, target, tally }),
        Err(error) => {
            // The failure is what is to be told; what cannot be dropped now is swept away by the next run.
            let _ = scratch.remove().await;
            Err(error)
        }
    }
}

/// Into a scratch database, which gets its name at the end.
async fn anew(
    backup: &Backup,
    decision: &Decision,
    options: &Options,
    servers: &Servers<'_>,
    name: &str,
) -> Result<Tally> {
    let undone = |error: Error| error.hint("nothing was changed: what had been restored is dropped again");
    let filled = filled(backup, decision, options, servers).await.map_err(undone)?;
    let scratch = filled.target.dbname.as_str();
    let comment = match backup {
        Backup::Archive(archive) if options.only.is_empty() => birth::comment(&archive.toc, scratch),
        _ => None,
    };
    // Without one of its own it loses the comment that says it is a scratch database.
    let comment = comment.unwrap_or_else(|| format!("COMMENT ON DATABASE {} IS NULL", ident(scratch)));
    let newborn = Newborn { scratch, comment, name, kept: decision.plan.kept.as_deref() };
    let swapped = named(&filled.maintenance, servers.context, &newborn).await;
    // Where it has got its name, there is no scratch database of the other name any more.
    let tally = filled.gone(servers.context).await;
    match swapped {
        Ok(()) => Ok(tally),
        // Nobody has heard whether the server was done.
        Err(error) if error.kind() == ErrorKind::ConnectionLost => {
            Err(error.hint("see which one has the name now: mainstay status"))
        }
        Err(error) => Err(undone(error)),
    }
}

async fn named(maintenance: &PostgresTarget, context: &Context, newborn: &Newborn<'_>) -> Result<()> {
    let maintenance = Target::Postgres(maintenance.clone());
    let (mut session, mut ender) = (connect(&maintenance, context).await?, connect(&maintenance, context).await?);
    let swapped = swap::swap(session.as_mut(), ender.as_mut(), newborn).await;
    session.close().await;
    ender.close().await;
    swapped
}

/// Fills the empty database at `target`, on several sessions.
async fn fill(
    archive: &Archive,
    decision: &Decision,
    options: &Options,
    servers: &Servers<'_>,
    target: &PostgresTarget,
) -> Result<Tally> {
    let jobs = options.sessions(&decision.way);
    let mut sessions = Vec::new();
    for _ in 0..jobs {
        let ours = archive.manifest.is_some();
        sessions.push(session::open(target, decision.act_as.as_deref(), jobs, ours, servers.context).await?);
    }
    let crew = crew(archive, decision, servers, false);
    let filled = work(&crew, decision, &mut sessions).await;
    let settled = match filled {
        Ok(()) if options.only.is_empty() => settings(&crew, sessions[0].as_mut(), &target.dbname).await,
        filled => filled,
    };
    for session in sessions {
        session.close().await;
    }
    settled.map(|()| taken(crew))
}

/// Into the database `name` as it is: one session, one transaction.
async fn in_place(
    backup: &Backup,
    decision: &Decision,
    options: &Options,
    servers: &Servers<'_>,
    name: &str,
) -> Result<Tally> {
    let target = PostgresTarget { dbname: name.to_owned(), ..servers.target.clone() };
    let ours = matches!(backup, Backup::Archive(archive) if archive.manifest.is_some());
    let mut session = session::open(&target, decision.act_as.as_deref(), 1, ours, servers.context).await?;
    session.query("BEGIN").await?;
    if options.only.is_empty() {
        clean::clean(session.as_mut(), options.clean, &decision.plan.archive).await?;
    } else {
        existing::refuse(session.as_mut(), &decision.selection).await?;
    }
    let mut sessions = [session];
    let done = match backup {
        Backup::Archive(archive) => {
            let crew = crew(archive, decision, servers, true);
            work(&crew, decision, &mut sessions).await.map(|()| taken(crew))
        }
        Backup::Plain(plain) => {
            sessions[0].query(DEFAULT_PATH).await?;
            let (manner, context) = (&decision.manner, servers.context);
            let performance = Performance { plain, manner, context, one_transaction: true };
            performance.run(sessions[0].as_mut()).await
        }
    };
    let tally = done.map_err(|error| error.hint("nothing was changed: it was one transaction"))?;
    let [mut session] = sessions;
    session.query("COMMIT").await.map_err(|error| match error.kind() {
        // Nobody has heard whether the server was done.
        ErrorKind::ConnectionLost => error.hint("see whether it has what was restored: mainstay status"),
        _ => error,
    })?;
    session.close().await;
    Ok(tally)
}

/// Names in a script are looked for as psql would have the server do it; those of pg_dump set their own path.
const DEFAULT_PATH: &str = "SET search_path TO DEFAULT";

/// Runs a script in the empty database at `target`.
async fn perform(plain: &Plain, decision: &Decision, servers: &Servers<'_>, target: &PostgresTarget) -> Result<Tally> {
    let mut session = session::open(target, decision.act_as.as_deref(), 1, false, servers.context).await?;
    session.query(DEFAULT_PATH).await?;
    let performance = Performance { plain, manner: &decision.manner, context: servers.context, one_transaction: false };
    let done = performance.run(session.as_mut()).await;
    let done = match done {
        Ok(tally) => session.query("ANALYZE").await.map(|_| tally),
        failed => failed,
    };
    session.close().await;
    done
}

fn taken(crew: Crew<'_>) -> Tally {
    crew.tally.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn crew<'a>(archive: &'a Archive, decision: &'a Decision, servers: &Servers<'a>, one_transaction: bool) -> Crew<'a> {
    let selection = &decision.selection;
    let entries = selection.chosen.iter().map(|at| &archive.toc.entries[*at]);
    Crew {
        archive,
        manner: &decision.manner,
        context: servers.context,
        made: entries.filter(|entry| entry.kind == "TABLE").map(name_of).collect(),
        lent: if one_transaction { Lent::new(selection) } else { Lent::none() },
        one_transaction,
        finds_all: matches!(decision.way, Way::Scratch),
        bytes: decision.plan.bytes,
        read: AtomicU64::new(0),
        tally: Mutex::default(),
    }
}

/// Makes everything, compares it, and gathers statistics.
async fn work(crew: &Crew<'_>, decision: &Decision, sessions: &mut [Box<dyn Session>]) -> Result<()> {
    let archive = crew.archive;
    for session in &mut *sessions {
        for text in Manner::preamble(&archive.toc) {
            session.query(&String::from_utf8_lossy(&text)).await?;
        }
    }
    let compared: Vec<TableName> = archive
        .manifest
        .iter()
        .flat_map(|manifest| &manifest.tables)
        .map(|table| (table.schema.clone(), table.name.clone()))
        .filter(|name| crew.made.contains(name))
        .collect();
    let order = work::order(&archive.toc, &decision.selection.chosen, |entry| archive.stored_bytes(entry), &compared);
    step(crew, "restore the objects and their rows", crew.carry_out(sessions, &order)).await?;
    // One transaction goes into a database that may have had some, and a table alone brings none.
    if let Some(manifest) =
        archive.manifest.as_ref().filter(|_| decision.selection.tables.is_empty() && !crew.one_transaction)
    {
        large_objects::check(sessions[0].as_mut(), manifest).await?;
    }
    let tables = analyzed(archive, &decision.selection.chosen);
    step(crew, "gather statistics", crew.side_by_side(sessions, &tables)).await
}

async fn step(crew: &Crew<'_>, title: &str, work: impl Future<Output = Result<()>>) -> Result<()> {
    let began = Instant::now();
    crew.context.observer.event(Event::StepStarted { title });
    work.await?;
    crew.context.observer.event(Event::StepDone { title, took: began.elapsed() });
    Ok(())
}

/// A job for the statistics of each table and materialised view.
fn analyzed(archive: &Archive, chosen: &BTreeSet<usize>) -> Vec<Job> {
    let entries = chosen.iter().map(|at| &archive.toc.entries[*at]);
    let tables = entries.filter(|entry| matches!(entry.kind.as_str(), "TABLE" | "MATERIALIZED VIEW"));
    let job = |entry| {
        let what = What::Analyze(check::quoted(&name_of(entry)));
        Job { what, needs: Vec::new(), urgency: 0, locks: Vec::new() }
    };
    tables.map(job).collect()
}

/// The database's own settings and rights.
async fn settings(crew: &Crew<'_>, session: &mut dyn Session, name: &str) -> Result<()> {
    for (entry, sql) in birth::settings(&crew.archive.toc, name) {
        let sql = super::roles::mapped(&entry.kind, &sql, &crew.manner.owners);
        match session.query(&sql).await {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionLost => return Err(error),
            Err(error) => crew.tally().passed_over.push(format!("{} ({error})", entry.describe())),
        }
    }
    Ok(())
}

pub(super) fn restored(decision: &Decision, tally: &Tally, began: Instant) -> Restored {
    let mut restored = Restored {
        database: decision.plan.database.clone(),
        kept: decision.plan.kept.clone(),
        tables: decision.plan.tables as u64,
        rows: 0,
        compared: 0,
        counted: 0,
        unknown: Vec::new(),
        roles: decision.making.names.iter().cloned().collect(),
        large_objects: tally.large_objects,
        left_out: decision.plan.left_out.clone(),
        seconds: began.elapsed().as_secs_f64(),
    };
    restored.left_out.extend(tally.passed_over.iter().cloned());
    for (name, compared) in &tally.compared {
        match compared {
            Compared::Digest(rows) => {
                restored.compared += 1;
                restored.rows += rows.count;
            }
            Compared::Count(rows) => {
                restored.counted += 1;
                restored.rows += rows;
            }
            Compared::Other(_) => {}
            Compared::Unknown => restored.unknown.push(check::quoted(name)),
        }
    }
    restored
}
