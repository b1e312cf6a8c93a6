//! A program that runs only while we hold the lease.

use std::pin::pin;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep_until};

use crate::error::{Error, ErrorKind, Result};
use crate::tool::{Guarded, Program, Signal};

use super::Lease;

/// Of the time to live, in sixtieths: a renewal is due after a third; without one we give up after three quarters; the
/// program's guardian ends it after four fifths, should we be stopped. The rest is for a slow machine.
const RENEW: u32 = 20;
const GIVE_UP: u32 = 45;
const KILL: u32 = 48;

impl Lease {
    /// Runs `program` to its end and gives the lease back. `MAINSTAY_LEASE` and `MAINSTAY_FENCE` are set for it, and
    /// `signals` are handed on to it. It is dead before another may have the lease: when the lease is lost or cannot be
    /// renewed, when this process is killed, and when it is stopped.
    ///
    /// # Errors
    /// The program cannot be started, or was killed because the lease could not be kept.
    pub async fn run(mut self, program: Program, signals: &mut Receiver<Signal>) -> Result<ExitStatus> {
        let mut program = program;
        program.env.push(("MAINSTAY_LEASE".to_owned(), self.name().to_owned()));
        program.env.push(("MAINSTAY_FENCE".to_owned(), self.fence().to_string()));
        let ended = match Guarded::start(&program, self.until(KILL)).await {
            Ok(mut running) => {
                let ended = self.keep(&mut running, signals).await;
                running.end().await;
                ended.map_err(|error| {
                    let (name, fence) = (self.name(), self.fence());
                    error.context(format!(
                        "the lease `{name}` (fence {fence}) could not be kept: its program was killed"
                    ))
                })
            }
            Err(error) => Err(error),
        };
        // The program is dead: even after a failure the next holder need not wait, if the server can still be told.
        let _ = tokio::time::timeout(Duration::from_secs(2), self.release()).await;
        ended
    }

    /// Renews until the program ends.
    async fn keep(&mut self, running: &mut Guarded, signals: &mut Receiver<Signal>) -> Result<ExitStatus> {
        let mut trouble: Option<Error> = None;
        loop {
            let give_up = Instant::now() + self.until(GIVE_UP);
            let pause = if trouble.is_some() { self.claim.ttl / 12 } else { self.until(RENEW) };
            let due = Instant::now() + pause;
            let renewed = {
                let mut beat = pin!(async {
                    sleep_until(due).await;
                    self.renew().await
                });
                loop {
                    tokio::select! {
                        biased;
                        () = sleep_until(give_up) => return Err(trouble.unwrap_or_else(silent)),
                        status = running.wait() => return status,
                        Some(signal) = signals.recv() => running.forward(signal),
                        renewed = &mut beat => break renewed,
                    }
                }
            };
            match renewed {
                Ok(()) => {
                    trouble = None;
                    running.extend(self.until(KILL)).await?;
                }
                Err(error) if matches!(error.kind(), ErrorKind::Locked | ErrorKind::ConnectionLost) => {
                    return Err(error);
                }
                Err(error) => trouble = Some(error),
            }
        }
    }

    /// Time from now until `sixtieths` of the time to live have passed since the last renewal.
    fn until(&self, sixtieths: u32) -> Duration {
        (self.claim.ttl * sixtieths / 60).saturating_sub(self.renewed.elapsed())
    }
}

fn silent() -> Error {
    Error::new(ErrorKind::ConnectionLost, "no renewal got through before the deadline")
}
