//! How far the rows are.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::observer::{Event, Observer};

/// What is told as being done.
const WHAT: &str = "backup";
/// Time between two that are told.
const EVERY: Duration = Duration::from_millis(100);

/// How far the rows are, in bytes that they have in the database: what COPY makes of them is known only at its end.
pub(super) struct Progress {
    observer: Arc<dyn Observer>,
    total: u64,
    done: AtomicU64,
    rows: AtomicU64,
    told: Mutex<Option<Instant>>,
}

/// One part of the rows on its way.
pub(super) struct Share {
    progress: Arc<Progress>,
    /// Its bytes in the database, and those of them that count as done.
    bytes: u64,
    done: u64,
}

impl Progress {
    /// Of rows that have so many bytes in the database.
    pub(super) fn new(observer: Arc<dyn Observer>, total: u64) -> Arc<Self> {
        let (done, rows, told) = (AtomicU64::new(0), AtomicU64::new(0), Mutex::default());
        Arc::new(Self { observer, total, done, rows, told })
    }

    /// A part of so many bytes begins.
    pub(super) fn share(self: &Arc<Self>, bytes: u64) -> Share {
        Share { progress: Arc::clone(self), bytes, done: 0 }
    }

    fn tell(&self) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let done = self.done.load(Ordering::Relaxed);
        if done < self.total && told.is_some_and(|told| told.elapsed() < EVERY) {
            return;
        }
        *told = Some(Instant::now());
        let rows = self.rows.load(Ordering::Relaxed);
        self.observer.event(Event::Rows { what: WHAT, bytes: done, total: self.total, rows });
    }
}

impl Share {
    /// So many more bytes have come: they count up to the part's own.
    pub(super) fn copied(&mut self, bytes: u64) {
        let more = bytes.min(self.bytes - self.done);
        self.done += more;
        self.progress.done.fetch_add(more, Ordering::Relaxed);
        self.progress.tell();
    }

    /// The part is whole, and had so many rows.
    pub(super) fn finish(mut self, rows: u64) {
        self.progress.rows.fetch_add(rows, Ordering::Relaxed);
        self.copied(u64::MAX);
    }
}
