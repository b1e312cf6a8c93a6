//! Cleaning up: batch by batch, each a transaction that leaves everything whole.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;

use super::batch::{Batch, Progress, with_holders};
use super::delete::number_of;
use super::flow::sources;
use super::gather;
use super::ground::{Ground, Order, begin};
use super::keys::{Extent, Slice};
use super::pace::Pace;
use super::partitions::{OldPartition, take_out};
use super::plan::{CleanupPlan, count};
use super::references::shown;
use super::vacuum::vacuum;
use crate::config::PartitionRule;
use crate::engine::{Flight, FlightError, Session};
use crate::error::{Error, ErrorKind, Result, shell_word};
use crate::ledger::{self, Line};
use crate::migrate::{Consent, Patient};
use crate::observer::Event;

/// The name of the lock that clean-ups of a database share.
pub const LOCK: &str = "cleanup";

/// Searches after the first find what a batch alone could not take, and what has come in meanwhile; the last takes all at once.
const SEARCHES: u32 = 8;

/// An object cannot be dropped, for another depends on it.
const DEPENDED_ON: &str = "2BP01";

/// How long the lock of another run is waited for.
const LINGERING: Duration = Duration::from_secs(2);

/// What a clean-up did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Cleaned {
    /// The policy's name.
    pub policy: String,
    /// What went from which table, in the plan's order.
    pub tables: Vec<Gone>,
    /// How many rows were made to point at nothing, by reference.
    pub changed: Vec<Gone>,
    /// Partitions that were dropped or detached.
    pub partitions: Vec<String>,
    /// The rows that went with them, as they were counted before.
    pub partition_rows: u64,
    /// Rows that the plan had counted.
    pub planned: u64,
    /// Transactions that were committed.
    pub batches: u64,
    /// Batches that were taken back, for others were at the same rows, and tried again.
    pub retries: u64,
    /// Tables that were vacuumed.
    pub vacuumed: Vec<String>,
    /// From first to last, in seconds.
    pub seconds: f64,
    /// Of these, rested for others.
    pub rested: f64,
}

/// So many rows of one table, or of those that refer by one reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// The table, or the reference.
    pub name: String,
    /// How many.
    pub rows: u64,
}

impl Cleaned {
    /// All rows that went, those of partitions among them.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum::<u64>() + self.partition_rows
    }
}

/// What was agreed to.
#[derive(Clone, Copy)]
pub struct Agreed<'a> {
    /// To what cannot be undone.
    pub consent: &'a Consent,
    /// What the configuration calls this database: `production`.
    pub environment: Option<&'a str>,
    /// The plan that was read, where there was one: it must still hold.
    pub plan: Option<&'a CleanupPlan>,
}

/// Cleans up, alone: one clean-up of a database at a time.
///
/// # Errors
/// [`ErrorKind::Locked`]: another clean-up is at work, or a row is held for longer than is waited. [`ErrorKind::Refused`]: consent
/// is missing, or policy or tables are not those of the plan that was read. What went before an error has gone, whole families at a
/// time, and the next run goes on from there.
pub async fn run(session: &mut dyn Session, order: &Order<'_>, agreed: &Agreed<'_>) -> Result<Cleaned> {
    let begun = Instant::now();
    let mut free = session.try_lock(LOCK).await?;
    // A run that was killed a moment ago may not have left the server yet.
    while !free && begun.elapsed() < LINGERING {
        tokio::time::sleep(Duration::from_millis(50)).await;
        free = session.try_lock(LOCK).await?;
    }
    if !free {
        let holder = session.lock_holder(LOCK).await?.map(|holder| holder.description);
        let message = format!("{} is cleaning up this database", holder.as_deref().unwrap_or("another instance"));
        return Err(Error::new(ErrorKind::Locked, message).hint("nothing was deleted; let it come to its end"));
    }
    let cleaned = under_lock(session, order, agreed).await;
    // A broken connection has given it back already.
    let _ = session.unlock(LOCK).await;
    cleaned
}

async fn under_lock(session: &mut dyn Session, order: &Order<'_>, agreed: &Agreed<'_>) -> Result<Cleaned> {
    let started = Instant::now();
    let before = agreed.plan.and_then(|plan| plan.before.as_deref()).map(moment).transpose()?;
    let ground = Ground::read(session, order, before).await?;
    let elsewhere = |plan: &CleanupPlan| plan.plan.database != session.server().database;
    if agreed.plan.is_some_and(|plan| plan.plan.state != ground.state || plan.policy != order.name || elsewhere(plan)) {
        let message =
            format!("[cleanup.{}], the database or the tables that it touches are not those of the plan", order.name);
        return Err(Error::new(ErrorKind::Refused, message).hint(format!(
            "nothing was deleted; make the plan again: mainstay cleanup plan {}",
            shell_word(order.name)
        )));
    }
    let plan = search(session, &ground, order, "searching").await?;
    consent(session, &plan, order, agreed).await?;
    // Whoever is interrupted from here on has a line in the journal that says so.
    let line = match plan.is_empty() {
        true => None,
        false => Some(Line::begin(session, "cleanup run", order.name, &order.rules.host).await?),
    };
    let mut progress = Progress::new(order, &ground, &plan);
    let outcome = all(session, &ground, order, &mut progress).await;
    progress.end();
    let mut cleaned = progress.cleaned(&ground, order.name);
    cleaned.seconds = started.elapsed().as_secs_f64();
    let written = match line {
        Some(line) => line.end(session, detail(order, &cleaned), outcome.as_ref().err()).await,
        None => Ok(()),
    };
    outcome?;
    written?;
    if cleaned.batches > 0 || !cleaned.partitions.is_empty() {
        cleaned.vacuumed = vacuum(session, &ground, order, &progress.gone()).await;
        cleaned.seconds = started.elapsed().as_secs_f64();
    }
    Ok(cleaned)
}

fn moment(text: &str) -> Result<Timestamp> {
    text.parse().map_err(|error: jiff::Error| {
        Error::new(ErrorKind::Source, format!("the plan's moment {text:?} is none")).source(error)
    })
}

/// The whole search; the rows that it began with are numbered for the batches.
async fn search(session: &mut dyn Session, ground: &Ground, order: &Order<'_>, doing: &str) -> Result<CleanupPlan> {
    let title = format!("{doing} what [cleanup.{}] takes", order.name);
    let started = Instant::now();
    order.observer.event(Event::StepStarted { title: &title });
    session.query(begin(ground.flavor)).await?;
    let keys = ground.keys(Extent::Whole);
    let searched = async {
        let plan = count(session, ground, order).await?;
        for at in sources(&ground.graph) {
            session.query(&format!("DROP TABLE IF EXISTS {}", keys.numbered(at))).await?;
            session.query(&keys.number(at)).await?;
            session.query(&keys.index_numbers(at)).await?;
        }
        gather::forget(session, &keys).await?;
        session.query("COMMIT").await?;
        Ok(plan)
    };
    let searched = searched.await;
    match &searched {
        Ok(_) => order.observer.event(Event::StepDone { title: &title, took: started.elapsed() }),
        // The first error is what matters.
        Err(_) => drop(session.query("ROLLBACK").await),
    }
    searched
}

async fn consent(session: &mut dyn Session, plan: &CleanupPlan, order: &Order<'_>, agreed: &Agreed<'_>) -> Result<()> {
    let production = ledger::is_production(session, agreed.environment).await?;
    let mut found = plan.plan.clone();
    found.allow(&agreed.consent.allow);
    let read_first = format!("mainstay cleanup plan {}", shell_word(order.name));
    agreed.consent.check_plan(&found, !plan.is_empty(), production, &read_first)
}

/// Partitions, then batches until a search finds nothing more.
async fn all(session: &mut dyn Session, ground: &Ground, order: &Order<'_>, progress: &mut Progress<'_>) -> Result<()> {
    for part in ground.partitions.iter().filter(|part| !part.emptied_first) {
        out(session, ground, order, part, progress).await?;
    }
    let batch_keys = ground.keys(Extent::Batch);
    if number_of_sources(session, ground).await?.iter().any(|(_, rows)| *rows > 0) {
        gather::prepare(session, &batch_keys).await?;
    }
    let mut pace = Pace::new(order.policy.pace, order.policy.batch);
    // A condition may look at other rows, or at chance: each search may then find others, and only so many were agreed to.
    let by_condition = order.policy.condition.is_some();
    for search_number in 1..=SEARCHES {
        let sources = number_of_sources(session, ground).await?;
        if sources.iter().all(|(_, rows)| *rows == 0) {
            break;
        }
        // What a batch could not take alone, a larger one may.
        let larger = if search_number == SEARCHES { u64::MAX } else { 8_u64.pow(search_number - 1) };
        let before = progress.rows();
        for (table, rows) in sources {
            let mut after = 0;
            while after < rows {
                let slice = Slice { table, after, to: rows };
                after = Batch::new(ground, order, slice, larger).run(session, &mut pace, progress).await?;
            }
        }
        if by_condition && progress.left() == 0 {
            break;
        }
        let rest = search(session, ground, order, "searching again").await?;
        let rows = rest.tables.iter().map(|table| table.rows).sum();
        if by_condition && rows > progress.left() {
            let message = "the condition takes other rows by now than those that were counted: they are left";
            order.observer.event(Event::Warning { message });
            break;
        }
        progress.found_more(before, rows);
    }
    for part in ground.partitions.iter().filter(|part| part.emptied_first) {
        out(session, ground, order, part, progress).await?;
    }
    Ok(())
}

/// The tables that the last search began in, and how many numbered rows each has.
async fn number_of_sources(session: &mut dyn Session, ground: &Ground) -> Result<Vec<(usize, u64)>> {
    let mut found = Vec::new();
    for at in sources(&ground.graph) {
        let numbered = ground.keys(Extent::Whole).numbered(at);
        let rows = session.query(&format!("SELECT coalesce(max(n), 0) FROM {numbered}")).await?;
        found.push((at, number_of(&rows)));
    }
    Ok(found)
}

/// Takes a partition out, unless rows came into one that was to be empty.
async fn out(
    session: &mut dyn Session,
    ground: &Ground,
    order: &Order<'_>,
    part: &OldPartition,
    progress: &mut Progress<'_>,
) -> Result<()> {
    let table = &ground.graph.tables[0].name;
    let statements = take_out(table, part, order.policy.partitions);
    let mut patient = Patient::new(session, order.rules.lock_patience, order.observer);
    let verb = if order.policy.partitions == PartitionRule::Drop { "dropped" } else { "detached" };
    let flown = patient.fly(Flight { lead: &statements, ..Flight::default() }).await;
    if let Err(FlightError::Own(error) | FlightError::Statement(_, error)) = flown {
        let error = error.context(format!("partition {} cannot be {verb}", shown(&part.name)));
        let error = with_holders(session, error).await;
        let error = match error.sqlstate() {
            Some(DEPENDED_ON) => error.hint("something is made of it, a view say: drop that first"),
            _ => error,
        };
        return Err(error.hint(format!("what went before it has gone; go on: {}", progress.go_on)));
    }
    let is_part = format!(
        "SELECT count(*) FROM pg_inherits WHERE inhrelid = to_regclass({})",
        crate::sql::literal(&part.name.to_string())
    );
    if number_of(&session.query(&is_part).await?) == 0 {
        progress.out(shown(&part.name), part.rows);
    }
    Ok(())
}

/// What went, for the journal: `logs: public.log 1200, partition public.log_2024`.
fn detail(order: &Order<'_>, done: &Cleaned) -> String {
    let gone = done.tables.iter().filter(|table| table.rows > 0).map(|table| format!("{} {}", table.name, table.rows));
    let parts = done.partitions.iter().map(|part| format!("partition {part}"));
    let what: Vec<String> = gone.chain(parts).collect();
    format!("{}: {}", order.name, what.join(", "))
}

/// How long a batch rests before it is tried again.
pub(super) fn pause_before(attempt: u32) -> Duration {
    Duration::from_millis(50 << attempt.min(6))
}
