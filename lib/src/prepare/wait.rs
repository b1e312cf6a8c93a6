//! Waiting for a server that is not there yet.

use std::time::{Duration, Instant};

use crate::conn::Target;
use crate::engine::{self, Context, Session};
use crate::error::{ErrorKind, Result};
use crate::observer::Event;

const PAUSE: Duration = Duration::from_millis(200);

/// Connects to `target`, trying again until `wait` is over while nobody answers, the server is starting up, or it has no
/// connection left. Every other failure is final at once: a wrong password does not get better by waiting.
///
/// # Errors
/// The last failure.
pub async fn connect_waiting(target: &Target, context: &Context, wait: Duration) -> Result<Box<dyn Session>> {
    let deadline = Instant::now() + wait;
    let mut said = None;
    loop {
        let error = match engine::connect(target, context).await {
            Ok(session) => return Ok(session),
            Err(error) => error,
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
