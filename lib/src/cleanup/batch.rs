//! One batch, tried until it is committed, and how far the batches have come.

use std::time::{Duration, Instant};

use super::delete::delete;
use super::flow::sources;
use super::gather::{Found, empty, gather};
use super::ground::{Ground, Order, begin};
use super::keys::{Extent, Slice};
use super::pace::{Others, Pace};
use super::plan::CleanupPlan;
use super::references::shown;
use super::run::{Cleaned, Gone, pause_before};
use super::statements::Statements;
use crate::engine::{Row, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;
use crate::sql::Flavor;

/// What others do on the server: as far as it is shown to this role, and at work where it is not.
const OTHERS: &str = "SELECT count(*) FILTER (WHERE state IS NULL OR state = 'active' \
     OR state_change > clock_timestamp() - interval '1 second'), count(*) FILTER (WHERE wait_event_type = 'Lock') \
     FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";

/// As much of a slice as one transaction takes, with all that goes with it.
pub(super) struct Batch<'a> {
    ground: &'a Ground,
    order: &'a Order<'a>,
    slice: Slice,
    /// How many times as many rows as usual a part begins with.
    larger: u64,
    /// The last row that any part has begun with.
    reached: u64,
}

/// What a transaction has done.
struct Done {
    /// How many rows of each table went.
    gone: Vec<u64>,
    /// How many rows were pointed at nothing, by reference.
    changed: Vec<(usize, u64)>,
}

impl Done {
    fn rows(&self) -> u64 {
        self.gone.iter().sum()
    }

    fn add(&mut self, found: &Found, changed: Vec<(usize, u64)>) {
        self.gone.iter_mut().zip(&found.going).for_each(|(gone, rows)| *gone += rows);
        self.changed.extend(changed);
    }
}

impl<'a> Batch<'a> {
    pub(super) fn new(ground: &'a Ground, order: &'a Order<'a>, slice: Slice, larger: u64) -> Self {
        Self { ground, order, slice, larger, reached: slice.after }
    }

    /// Runs it, smaller where others are at the same rows, and rests as long as `pace` says. Returns the number of the last row
    /// that it has begun with.
    pub(super) async fn run(
        mut self,
        session: &mut dyn Session,
        pace: &mut Pace,
        progress: &mut Progress<'_>,
    ) -> Result<u64> {
        let started = Instant::now();
        let (mut attempt, mut alone) = (0, 0);
        loop {
            let begun = Instant::now();
            match self.attempt(session, pace, progress).await {
                Ok(done) => {
                    let took = begun.elapsed();
                    progress.batch(&done, self.reached - self.slice.after);
                    let rest = pace.rest(took, others(session, pace).await?);
                    // A sleep of no time is a millisecond's.
                    if !rest.is_zero() {
                        progress.rested += rest;
                        tokio::time::sleep(rest).await;
                    }
                    return Ok(self.reached);
                }
                Err(error)
                    if may_try_again(&error) && alone < ALONE && started.elapsed() < self.order.rules.lock_patience =>
                {
                    attempt += 1;
                    let rows = self.reached - self.slice.after;
                    alone += u32::from(rows <= 1 && error.sqlstate() == Some(STILL_REFERRED_TO));
                    progress.retries += 1;
                    pace.stumbled();
                    if attempt % 4 == 0 {
                        self.tell_who(session, &error).await;
                    }
                    self.slice.to = self.slice.after + (rows / 2).max(1);
                    tokio::time::sleep(pause_before(attempt)).await;
                }
                Err(error) => return Err(self.explained(session, error, &progress.go_on).await),
            }
        }
    }

    async fn attempt(&mut self, session: &mut dyn Session, pace: &mut Pace, progress: &Progress<'_>) -> Result<Done> {
        let outcome = self.transaction(session, pace, progress).await;
        if outcome.is_err() {
            // The first error is what matters; a broken connection rolls back by itself.
            let _ = session.query("ROLLBACK").await;
        }
        outcome
    }

    /// Part after part, each with short statements, until it has taken as long or as many rows as a transaction may. The commit is
    /// waited for on the disk, where a crash would lose nothing if it were not: else the next one to commit, who is at work for
    /// others, waits until our log is written out too.
    async fn transaction(
        &mut self,
        session: &mut dyn Session,
        pace: &mut Pace,
        progress: &Progress<'_>,
    ) -> Result<Done> {
        let begun = Instant::now();
        let keys = self.ground.keys(Extent::Batch);
        match self.ground.flavor {
            Flavor::Postgres => drop(session.query(begin(Flavor::Postgres)).await?),
            Flavor::Sqlite => {
                session.query("BEGIN IMMEDIATE").await?;
                session.query("PRAGMA defer_foreign_keys = ON").await?;
            }
        }
        let mut done = Done { gone: vec![0; self.ground.graph.tables.len()], changed: Vec::new() };
        let mut statements = Statements::new(session);
        self.reached = self.slice.after;
        loop {
            let rows = progress.beginnings(pace.part(done.rows())).saturating_mul(self.larger);
            let to = self.reached.saturating_add(rows).min(self.slice.to);
            let part = Slice { after: self.reached, to, ..self.slice };
            self.reached = to;
            let found = gather(&mut statements, &keys, Some(part)).await?;
            let changed = delete(&mut statements, &keys, &found).await?;
            pace.after(found.rows(), statements.longest());
            done.add(&found, changed);
            let goes_on = to < self.slice.to && !pace.is_batch(done.rows(), begun.elapsed());
            // Nothing else empties SQLite's when the transaction ends.
            if goes_on || self.ground.flavor == Flavor::Sqlite {
                empty(&mut statements, &keys, &found).await?;
            }
            if !goes_on {
                break;
            }
        }
        session.query("COMMIT").await?;
        pace.committed();
        Ok(done)
    }

    async fn tell_who(&self, session: &mut dyn Session, error: &Error) {
        let who = session.blockers().await.unwrap_or_default();
        if who.is_empty() && error.sqlstate() == Some(STILL_REFERRED_TO) {
            let reason = format!("something still refers to a row of the batch ({})", error.message());
            return self.order.observer.event(Event::Waiting { reason: &reason });
        }
        let who: Vec<String> = who.into_iter().map(|holder| holder.description).collect();
        let others = if who.is_empty() { "another session".to_owned() } else { who.join("; ") };
        let reason = format!("{others} is at the same rows ({})", error.message());
        self.order.observer.event(Event::Waiting { reason: &reason });
    }

    async fn explained(&self, session: &mut dyn Session, error: Error, go_on: &str) -> Error {
        let name = shown(&self.ground.graph.tables[self.slice.table].name);
        let too_deep = error.message().contains(TOO_DEEP);
        let error = error.context(format!("a batch of {name} was taken back"));
        if too_deep {
            return error
                .hint("SQLite's own CASCADE goes a thousand rows deep: take it off the chain's foreign key, and say \"follow\"");
        }
        with_holders(session, error).await.hint(format!("batches before it have gone; go on: {go_on}"))
    }
}

/// An error that says who holds the lock, where it is one that was not to be had.
pub(super) async fn with_holders(session: &mut dyn Session, error: Error) -> Error {
    if error.sqlstate() != Some("55P03") {
        return error;
    }
    let who = session.blockers().await.unwrap_or_default();
    let hints = who.iter().map(|holder| format!("a lock is held by {}", holder.description));
    hints.fold(error.of_kind(ErrorKind::Locked), Error::hint)
}

/// What SQLite says of a CASCADE that leads on and on.
const TOO_DEEP: &str = "triggers nested too deep";

/// A foreign key is broken by a DELETE.
const STILL_REFERRED_TO: &str = "23503";

/// A single row with which that happens so often is not held by somebody who is about to be done.
const ALONE: u32 = 4;

/// Somebody else has changed, locked or referred to a row of the batch; by the next time that is over, or is taken into account.
fn may_try_again(error: &Error) -> bool {
    matches!(error.sqlstate(), Some("40001" | "40P01" | "55P03" | STILL_REFERRED_TO))
}

async fn others(session: &mut dyn Session, pace: &Pace) -> Result<Others> {
    // Whoever writes to an SQLite file waits while we do.
    if session.flavor() == Flavor::Sqlite {
        return Ok(Others { active: 1, waiting: 0 });
    }
    if !pace.yields() {
        return Ok(Others::default());
    }
    let rows: Vec<Row> = session.query(OTHERS).await?;
    let cell = |at: usize| {
        let text = rows.first().and_then(|row| row.get(at)).and_then(Option::as_deref);
        text.and_then(|text| text.parse().ok()).unwrap_or_default()
    };
    Ok(Others { active: cell(0), waiting: cell(1) })
}

/// How far the batches have come. Says so if it is dropped before its end: its future was dropped, after Ctrl-C say.
pub(super) struct Progress<'a> {
    order: &'a Order<'a>,
    what: String,
    /// The command that goes on.
    pub(super) go_on: String,
    planned: u64,
    total: u64,
    gone: Vec<u64>,
    changed: Vec<u64>,
    partitions: Vec<String>,
    partition_rows: u64,
    /// Rows that batches began with, and all that went with them.
    begun: u64,
    batches: u64,
    pub(super) retries: u64,
    pub(super) rested: Duration,
    ended: bool,
}

impl<'a> Progress<'a> {
    pub(super) fn new(order: &'a Order<'a>, ground: &Ground, plan: &CleanupPlan) -> Self {
        let planned = plan.rows();
        Self {
            order,
            what: format!("cleaning up {}", shown(&ground.graph.tables[sources(&ground.graph)[0]].name)),
            go_on: plan.go_on(),
            planned,
            total: planned,
            gone: vec![0; ground.graph.tables.len()],
            changed: vec![0; ground.graph.edges.len()],
            partitions: Vec::new(),
            partition_rows: 0,
            begun: 0,
            batches: 0,
            retries: 0,
            rested: Duration::ZERO,
            ended: false,
        }
    }

    /// Rows that are gone.
    pub(super) fn rows(&self) -> u64 {
        self.gone.iter().sum()
    }

    /// Rows that were counted before the first batch and are there still.
    pub(super) fn left(&self) -> u64 {
        self.planned.saturating_sub(self.rows())
    }

    /// Rows that are gone, by table.
    pub(super) fn gone(&self) -> Vec<u64> {
        self.gone.clone()
    }

    /// With how many rows to begin so that about `rows` go.
    pub(super) fn beginnings(&self, rows: u64) -> u64 {
        match self.rows() {
            0 => (rows / 4).max(1),
            gone => (u128::from(rows) * u128::from(self.begun) / u128::from(gone)).max(1) as u64,
        }
    }

    fn batch(&mut self, done: &Done, begun: u64) {
        self.gone.iter_mut().zip(&done.gone).for_each(|(gone, rows)| *gone += rows);
        done.changed.iter().for_each(|(edge, rows)| self.changed[*edge] += rows);
        self.begun += begun;
        self.batches += 1;
        self.tell();
    }

    /// A search has found `rows` more than those that were gone `before` it and went since.
    pub(super) fn found_more(&mut self, before: u64, rows: u64) {
        self.total = self.total.max(self.rows() + rows);
        if rows > 0 && self.rows() == before {
            self.order
                .observer
                .event(Event::Warning { message: "a search found rows that no batch could take; larger ones follow" });
        }
    }

    pub(super) fn out(&mut self, name: String, rows: u64) {
        self.partitions.push(name);
        self.partition_rows += rows;
        self.tell();
    }

    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    pub(super) fn cleaned(&self, ground: &Ground, policy: &str) -> Cleaned {
        let tables = ground.graph.tables.iter().zip(&self.gone);
        let edges = ground.graph.edges.iter().zip(&self.changed).filter(|(_, rows)| **rows > 0);
        Cleaned {
            policy: policy.to_owned(),
            tables: tables.map(|(member, rows)| Gone { name: shown(&member.name), rows: *rows }).collect(),
            changed: edges.map(|(edge, rows)| Gone { name: edge.title(), rows: *rows }).collect(),
            partitions: self.partitions.clone(),
            partition_rows: self.partition_rows,
            planned: self.planned,
            batches: self.batches,
            retries: self.retries,
            vacuumed: Vec::new(),
            seconds: 0.0,
            rested: self.rested.as_secs_f64(),
        }
    }

    fn tell(&self) {
        let done = self.rows() + self.partition_rows;
        let total = Some(self.total.max(done));
        self.order.observer.event(Event::Progress { what: &self.what, done, total });
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let done = self.rows() + self.partition_rows;
            let message = format!(
                "{done} of {} rows are gone, whole families at a time, and the batch under way is taken back; go on: {}",
                self.total, self.go_on
            );
            self.order.observer.event(Event::Warning { message: &message });
        }
    }
}
