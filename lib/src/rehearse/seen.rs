//! What was seen of one migration while it ran.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::trace::Traced;

/// What was seen, shared between the session that runs and whoever asks afterwards.
#[derive(Default)]
pub(super) struct Seen(Mutex<Sight>);

/// What was seen of one migration.
#[derive(Default)]
pub(super) struct Sight {
    /// Its statements that succeeded, in order.
    pub(super) statements: Vec<Glance>,
    /// How long the COMMIT of each transaction took, in seconds.
    pub(super) commits: Vec<f64>,
    /// Where the statement that failed begins in its script, in bytes, and how long it ran, in seconds.
    pub(super) failed: Option<(usize, f64)>,
}

/// What was seen of one statement.
pub(super) struct Glance {
    /// Where it begins in its script, in bytes.
    pub(super) offset: usize,
    /// The number of its transaction, from 0.
    pub(super) transaction: usize,
    pub(super) traced: Traced,
}

impl Seen {
    /// Everything since the last call.
    pub(super) fn take(&self) -> Sight {
        std::mem::take(&mut *self.sight())
    }

    /// What was seen comes to nothing: its transaction was rolled back, and is tried again.
    pub(super) fn start_over(&self) {
        let mut sight = self.sight();
        let transaction = sight.commits.len();
        sight.statements.retain(|glance| glance.transaction < transaction);
        sight.failed = None;
    }

    pub(super) fn add(&self, offset: usize, traced: Traced) {
        let mut sight = self.sight();
        let transaction = sight.commits.len();
        sight.statements.push(Glance { offset, transaction, traced });
    }

    pub(super) fn committed(&self, took: Duration) {
        self.sight().commits.push(took.as_secs_f64());
    }

    pub(super) fn failed(&self, offset: usize, took: Duration) {
        self.sight().failed = Some((offset, took.as_secs_f64()));
    }

    /// How long the statements of the transaction that is open took together.
    pub(super) fn seconds(&self) -> Duration {
        let sight = self.sight();
        let open = sight.statements.iter().filter(|glance| glance.transaction == sight.commits.len());
        Duration::from_secs_f64(open.map(|glance| glance.traced.seconds).sum())
    }

    /// A panic elsewhere while it was held leaves it usable: it is only what was seen.
    fn sight(&self) -> MutexGuard<'_, Sight> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sight {
    /// How long the locks of `glance` were held at its end: until its transaction's, from its own beginning on, looks apart.
    pub(super) fn held(&self, glance: &Glance) -> f64 {
        let commit = self.commits.get(glance.transaction).copied().unwrap_or_default();
        let together = |one: &&Glance| one.transaction == glance.transaction && one.offset >= glance.offset;
        self.statements.iter().filter(together).map(|one| one.traced.seconds).sum::<f64>() + commit
    }
}
