//! Waiting for a server that is not there yet.

use std::time::{Duration, Instant};

use crate::conn::Target;
use crate::engine::{self, Context, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;

const PAUSE: Duration = Duration::from_millis(200);

/// What an attempt gets even at the very end, as `connect_timeout` does.
const SHORTEST: Duration = Duration::from_secs(2);

/// Connects to `target`, trying again until `wait` is over while nobody answers, the server is starting up, or it has no
/// connection left; one that takes the connection and says nothing is given up when `wait` is over. Every other failure is final at
/// once: a wrong password does not get better by waiting.
///
/// # Errors
/// The last failure.
pub async fn connect_waiting(target: &Target, context: &Context, wait: Duration) -> Result<Box<dyn Session>> {
    let deadline = Instant::now() + wait;
    let mut said = None;
    loop {
        let patience = deadline.saturating_duration_since(Instant::now()).max(SHORTEST);
        let attempt = engine::connect(target, context);
        let error = match wait {
            Duration::ZERO => return attempt.await,
            _ => match tokio::time::timeout(patience, attempt).await {
                Ok(Ok(session)) => return Ok(session),
                Ok(Err(error)) => error,
                Err(_) => silent(target, patience),
            },
        };
        let passing =
            matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::Starting | ErrorKind::TooManyConnections);
        if !passing || Instant::now() >= deadline {
            return Err(error);
        }
        if said != Some(error.kind()) {
            said = Some(error.kind());
            let reason = format!("{} (up to {} s)", error.message(), wait.as_secs());
            context.observer.event(Event::Waiting { reason: &reason });
        }
        tokio::time::sleep(PAUSE.min(deadline.saturating_duration_since(Instant::now()))).await;
    }
}

/// Something took the connection, and has not said a word.
fn silent(target: &Target, waited: Duration) -> Error {
    let message = format!("{} did not answer within {} s", target.describe(), waited.as_secs());
    Error::new(ErrorKind::Unreachable, message).hint("see what listens there: mainstay conn show")
}
