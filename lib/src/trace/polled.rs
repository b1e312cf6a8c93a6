//! Statements that run in no transaction: `CREATE INDEX CONCURRENTLY`, `VACUUM`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, Statement};

use super::look::Look;
use super::relations::Relations;
use super::{Lock, Traced};

/// The longest pause between two looks; the first ones follow each other without any.
const PAUSE: Duration = Duration::from_millis(20);

/// Runs `statement` on `session`, outside a transaction, while `watcher`, another session on the same database, looks again and
/// again at what it holds.
///
/// # Errors
/// The statement fails, or the server cannot be asked.
pub async fn polled(session: &mut dyn Session, statement: &Statement<'_>, watcher: &mut dyn Session) -> Result<Traced> {
    let started = Instant::now();
    if session.flavor() == Flavor::Sqlite {
        session.run(statement).await?;
        return Ok(Traced { seconds: started.elapsed().as_secs_f64(), ..Traced::default() });
    }
    let pid = session.query("SELECT pg_catalog.pg_backend_pid()").await?;
    let Some(pid) = first_cell(&pid).map(str::to_owned) else {
        return Err(Error::new(ErrorKind::Io, "the server does not tell the process of its own session"));
    };
    let before = Relations::read(watcher).await?;
    let ended = AtomicBool::new(false);
    let running = async {
        let started = Instant::now();
        let outcome = session.run(statement).await;
        ended.store(true, Ordering::Relaxed);
        outcome.map(|()| started.elapsed().as_secs_f64())
    };
    let (ran, seen) = tokio::join!(running, watch(watcher, &pid, &ended));
    let (seconds, seen) = (ran?, seen?);
    let after = Relations::read(session).await?;
    let mut traced = Traced { polled: true, seconds, rewritten: before.rewritten(&after), ..Traced::default() };
    for held in seen.held {
        let Some(one) = before.get(held.oid).or(held.now.as_ref()) else { continue };
        let (relation, of) = (one.name.clone(), before.table_of(one));
        let existed = before.has(&relation);
        traced.locks.push(Lock { relation, of, mode: held.mode, existed });
    }
    traced.locks.sort_by(|a, b| a.relation.cmp(&b.relation));
    Ok(traced)
}

/// Everything that the session of process `pid` is seen to hold until it has `ended`.
async fn watch(watcher: &mut dyn Session, pid: &str, ended: &AtomicBool) -> Result<Look> {
    let mut seen = Look::default();
    let mut pause = Duration::ZERO;
    while !ended.load(Ordering::Relaxed) {
        for held in Look::of(watcher, pid).await?.held {
            seen.add(held);
        }
        tokio::time::sleep(pause).await;
        pause = (pause + Duration::from_micros(100)).min(PAUSE);
    }
    Ok(seen)
}
