//! A database is filled: by sessions side by side, or by one in its transaction.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use crate::conn::PostgresTarget;
use crate::engine::Session;
use crate::error::{ErrorKind, Result};
use crate::observer::Event;

use super::archive::Archive;
use super::crew::{Crew, Tally};
use super::decision::Decision;
use super::lent::Lent;
use super::object::Manner;
use super::options::{Options, Way};
use super::perform::Performance;
use super::plain::Plain;
use super::reach::Servers;
use super::work::{self, Job, TableName, What, name_of};
use super::{birth, check, large_objects, session};

/// Fills the empty database at `target`, on several sessions.
pub(super) async fn fill(
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

/// Names in a script are looked for as psql would have the server do it; those of pg_dump set their own path.
pub(super) const DEFAULT_PATH: &str = "SET search_path TO DEFAULT";

/// Runs a script in the empty database at `target`.
pub(super) async fn perform(
    plain: &Plain,
    decision: &Decision,
    servers: &Servers<'_>,
    target: &PostgresTarget,
) -> Result<Tally> {
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

pub(super) fn taken(crew: Crew<'_>) -> Tally {
    crew.tally.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

pub(super) fn crew<'a>(
    archive: &'a Archive,
    decision: &'a Decision,
    servers: &Servers<'a>,
    one_transaction: bool,
) -> Crew<'a> {
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
pub(super) async fn work(crew: &Crew<'_>, decision: &Decision, sessions: &mut [Box<dyn Session>]) -> Result<()> {
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
