//! What a statement did to the server, seen while it ran: its locks, what it read whole and what it wrote again.
//!
//! A statement inside a transaction is looked at before COMMIT, when it still holds every lock that it took; that misses
//! nothing. One that PostgreSQL runs in no transaction is watched from a second session, again and again; that may miss a lock
//! which was held for a moment only.

mod look;
mod polled;
mod relations;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::catalog::Name;
use crate::engine::Session;
use crate::error::Result;
use crate::plan::LockMode;
use crate::sql::{Flavor, Statement};
use look::Look;
use relations::Relations;

pub use polled::{others, polled};

/// What one statement did. Relations are called as they were before it, and those of the system are left out.
///
/// Of SQLite, which locks the whole file, only the time is told.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Traced {
    /// The strongest lock on each relation, by name. Inside a longer transaction: what the statement added to the locks
    /// that were held already.
    pub locks: Vec<Lock>,
    /// Relations that were there before and whose rows or entries were all written to a new file, by name.
    pub rewritten: Vec<Name>,
    /// Tables and materialised views that were there before and were read from end to end, by name. Empty where the
    /// server counts nothing (`track_counts`), and for a statement seen by polling.
    pub scanned: Vec<Name>,
    /// Tables that rows were deleted from, one by one, by name: by the statement itself, a trigger, a cascade, a function. Empty
    /// where the server counts nothing, and for a statement seen by polling.
    pub deleted: Vec<Name>,
    /// How long it ran, in seconds.
    pub seconds: f64,
    /// Seen by polling from a second session: a short lock may be missing.
    pub polled: bool,
}

/// A lock on a relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lock {
    /// The table, view, index or sequence.
    pub relation: Name,
    /// An index's table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<Name>,
    /// The strongest mode.
    pub mode: LockMode,
    /// It was there before the statement.
    pub existed: bool,
}

/// Runs `statement` in a transaction of its own, which is committed, and tells what it did.
///
/// # Errors
/// The statement fails, or a look at the server does; the transaction is then rolled back.
pub async fn alone(session: &mut dyn Session, statement: &Statement<'_>) -> Result<Traced> {
    session.query("BEGIN").await?;
    let traced = match Tracer::begin(session).await {
        Ok(mut tracer) => tracer.run(session, statement).await,
        Err(error) => Err(error),
    };
    match traced {
        Ok(traced) => session.query("COMMIT").await.map(|_| traced),
        Err(error) => {
            // Whether it works or not, the first error is what matters.
            let _ = session.query("ROLLBACK").await;
            Err(error)
        }
    }
}

/// Traces the statements of one transaction, which the caller begins and ends.
pub struct Tracer {
    relations: Relations,
    before: Look,
}

impl Tracer {
    /// Takes a first look at the server; `session` is inside a transaction.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn begin(session: &mut dyn Session) -> Result<Self> {
        if session.flavor() == Flavor::Sqlite {
            return Ok(Self { relations: Relations::default(), before: Look::default() });
        }
        Ok(Self { relations: Relations::read(session).await?, before: Look::take(session).await? })
    }

    /// Runs `statement` and tells what it did.
    ///
    /// # Errors
    /// The statement fails, or the look at the server after it does. The transaction is then of no more use.
    pub async fn run(&mut self, session: &mut dyn Session, statement: &Statement<'_>) -> Result<Traced> {
        let started = Instant::now();
        session.run(statement).await?;
        self.ran(session, statement.text, started.elapsed()).await
    }

    /// Tells what the statement `sql` did, which the caller has just run on `session` and which took so long.
    ///
    /// # Errors
    /// The server cannot be asked. The transaction is then of no more use.
    pub async fn ran(&mut self, session: &mut dyn Session, sql: &str, took: Duration) -> Result<Traced> {
        let seconds = took.as_secs_f64();
        if session.flavor() == Flavor::Sqlite {
            return Ok(Traced { seconds, ..Traced::default() });
        }
        let after = Look::take(session).await?;
        let mut traced = self.told(&after, relations::only_truncates(sql));
        traced.seconds = seconds;
        if relations::may_rename_unseen(sql) {
            self.relations = Relations::read(session).await?;
        } else {
            self.relations.update(&after);
        }
        self.before = after;
        Ok(traced)
    }

    fn told(&self, after: &Look, truncates: bool) -> Traced {
        let mut traced = Traced::default();
        let mut locks: BTreeMap<&Name, Lock> = BTreeMap::new();
        for held in &after.held {
            // An index of a column whose type changes is dropped and made again: it is the same to everybody.
            let known = self.relations.get(held.oid).or_else(|| self.relations.gone(held.now.as_ref()?, after));
            let Some(name) = known.or(held.now.as_ref()).map(|one| &one.name) else { continue };
            if self.before.mode(held.oid).is_none_or(|before| before < held.mode) {
                let of = known.or(held.now.as_ref()).and_then(|one| self.relations.table_of(one));
                let lock = Lock { relation: name.clone(), of, mode: held.mode, existed: known.is_some() };
                let strongest = locks.entry(name).or_insert_with(|| lock.clone());
                strongest.mode = strongest.mode.max(lock.mode);
            }
            let (Some(before), Some(now)) = (known, &held.now) else { continue };
            if before.was_rewritten(now) && !truncates {
                traced.rewritten.push(name.clone());
            }
            if self.before.scans(held.oid) < held.scans && !truncates {
                traced.scanned.push(name.clone());
            }
            if self.before.deleted(held.oid) < held.deleted {
                traced.deleted.push(name.clone());
            }
        }
        traced.locks = locks.into_values().collect();
        traced.rewritten.sort();
        traced.scanned.sort();
        traced.deleted.sort();
        traced
    }
}
