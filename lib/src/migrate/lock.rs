//! One migrating instance at a time.

use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;

use super::Migrator;

/// The name of the lock that migrating instances share.
pub const LOCK: &str = "migrate";

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

impl Migrator<'_> {
    /// Takes the lock, polling: a blocking wait would hold a snapshot, and that deadlocks with the holder's CREATE INDEX
    /// CONCURRENTLY.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`] after `runner_patience`, naming the holder.
    pub async fn lock(&mut self) -> Result<()> {
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut said = false;
        while !self.session.try_lock(LOCK).await? {
            let waited = started.elapsed();
            if waited > self.rules.runner_patience {
                let holder = self.holder().await?;
                return Err(Error::new(
                    ErrorKind::Locked,
                    format!("waited {} s for {holder}, which is migrating this database", waited.as_secs()),
                )
                .hint("look at what it does: mainstay migrate status; if it hangs, end that session and try again"));
            }
            if !said && waited > Duration::from_millis(100) {
                said = true;
                let reason = format!("{} is migrating this database", self.holder().await?);
                self.observer.event(Event::Waiting { reason: &reason });
            }
            tokio::time::sleep(super::apply::jitter(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Ok(())
    }

    /// Lets another instance, which has slipped past the lock, get on with its work.
    pub(crate) async fn pause() {
        tokio::time::sleep(super::apply::jitter(LONGEST_PAUSE)).await;
    }

    /// Gives the lock back. A broken connection has given it back already.
    pub async fn unlock(&mut self) {
        // The session is about to be closed in every caller: a failed unlock ends with it.
        let _ = self.session.unlock(LOCK).await;
    }

    async fn holder(&mut self) -> Result<String> {
        let holder = self.session.lock_holder(LOCK).await?;
        Ok(holder.map_or_else(|| "another instance".to_owned(), |holder| holder.description))
    }
}
