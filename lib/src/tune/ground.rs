//! What settings follow from: the machine, and what the server is for.

use serde::Serialize;

use super::Profile;

/// What a server has to live on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ground {
    /// The memory that is PostgreSQL's, in bytes.
    pub memory: u64,
    /// The processors that it can use.
    pub processors: u64,
    /// The kind of disk below its data.
    pub disk: Disk,
    /// What it is for.
    pub profile: Profile,
    /// Its connections at most.
    pub connections: u64,
    /// Its helpers at most, as it is set.
    pub max_workers: u64,
    /// Its version, `150018` for 15.18.
    pub version: u32,
    /// The size of one file of its log, in bytes.
    pub segment: u64,
    /// Bytes that are free below its data, where that is known.
    pub free_disk: Option<u64>,
}

/// A kind of disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Disk {
    /// It does not turn.
    Ssd,
    /// It turns.
    Hdd,
}

impl Ground {
    /// As many helpers as processors, and none less than there are: extensions have theirs among them.
    pub(super) fn workers(&self) -> u64 {
        self.processors.max(self.max_workers)
    }
}
