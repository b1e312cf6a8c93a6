//! How long the parts of an upgrade take while nobody can connect.

use std::time::Instant;

use serde::{Deserialize, Serialize};

/// The parts of the downtime, each in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// The old server writes what it has in memory and ends.
    pub stop: f64,
    /// Its schemas are dumped, and samples of its rows are digested.
    pub survey: f64,
    /// pg_upgrade.
    pub upgrade: f64,
    /// The new server brings extensions, collations and statistics up to date, and is compared.
    pub settle: f64,
    /// The folders change places, and the new server starts.
    pub open: f64,
}

impl Seconds {
    /// All of it.
    pub fn total(&self) -> f64 {
        self.stop + self.survey + self.upgrade + self.settle + self.open
    }
}

/// Seconds since `begun`.
pub(super) fn since(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64()
}
