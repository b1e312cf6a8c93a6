//! What the outside hears of a rehearsal's sessions.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::observer::{Event, Observer};

/// Hands on what happens on the clone, but for steps done: on the screen they would look like the real thing's. Of an engine
/// that lets nobody look on inside a transaction it keeps how long each statement took.
pub(super) struct Listener {
    next: Arc<dyn Observer>,
    clock: Option<Mutex<Vec<(String, Duration)>>>,
}

impl Listener {
    pub(super) fn new(next: Arc<dyn Observer>, keeps_time: bool) -> Self {
        Self { next, clock: keeps_time.then(Mutex::default) }
    }

    /// Every statement since the last call, secrets redacted, and how long it took.
    pub(super) fn heard(&self) -> Vec<(String, Duration)> {
        let Some(clock) = &self.clock else { return Vec::new() };
        std::mem::take(&mut *clock.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Observer for Listener {
    fn event(&self, event: Event<'_>) {
        match &event {
            Event::StepStarted { .. } | Event::StepDone { .. } => return,
            Event::Sql { sql, took, .. } => {
                if let Some(clock) = &self.clock {
                    clock.lock().unwrap_or_else(PoisonError::into_inner).push(((*sql).to_owned(), *took));
                }
                if !self.next.wants_sql() {
                    return;
                }
            }
            _ => {}
        }
        self.next.event(event);
    }

    fn wants_sql(&self) -> bool {
        self.clock.is_some() || self.next.wants_sql()
    }
}
