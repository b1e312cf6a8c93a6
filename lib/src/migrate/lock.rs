//! One migrating instance at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::observer::{Event, Observer};

use super::{Migrator, Rules};

/// The name of the lock that migrating instances share.
pub const LOCK: &str = "migrate";

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Takes the lock on `session`, polling: a blocking wait would hold a snapshot, and that deadlocks with the holder's CREATE INDEX
/// CONCURRENTLY.
///
/// # Errors
/// [`ErrorKind::Locked`] after `runner_patience`, naming the holder.
pub async fn lock(session: &mut dyn Session, rules: &Rules, observer: &Arc<dyn Observer>) -> Result<()> {
    let started = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut said = false;
    while !session.try_lock(LOCK).await? {
        let waited = started.elapsed();
        if waited > rules.runner_patience {
            let holder = holder(session).await?;
            return Err(Error::new(
                ErrorKind::Locked,
                format!("waited {} s for {holder}, which is migrating this database", waited.as_secs()),
            )
            .hint("look at what it does: mainstay migrate status; if it hangs, end that session and try again"));
        }
        if !said && waited > Duration::from_millis(100) {
            said = true;
            let reason = format!("{} is migrating this database", holder(session).await?);
            observer.event(Event::Waiting { reason: &reason });
        }
        tokio::time::sleep(super::patient::jitter(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    Ok(())
}

/// Gives the lock back. A broken connection has given it back already.
pub async fn unlock(session: &mut dyn Session) {
    // The session is about to be closed in every caller: a failed unlock ends with it.
    let _ = session.unlock(LOCK).await;
}

async fn holder(session: &mut dyn Session) -> Result<String> {
    let holder = session.lock_holder(LOCK).await?;
    Ok(holder.map_or_else(|| "another instance".to_owned(), |holder| holder.description))
}

impl Migrator<'_> {
    /// As [`lock`].
    ///
    /// # Errors
    /// As [`lock`].
    pub async fn lock(&mut self) -> Result<()> {
        lock(self.session, self.rules, &self.observer).await
    }

    /// Lets another instance, which has slipped past the lock, get on with its work.
    pub(crate) async fn pause() {
        tokio::time::sleep(super::patient::jitter(LONGEST_PAUSE)).await;
    }

    /// As [`unlock`].
    pub async fn unlock(&mut self) {
        unlock(self.session).await;
    }
}
