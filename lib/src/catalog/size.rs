//! Room on disk.

use serde::{Deserialize, Serialize};

/// Bytes on disk of a table or materialised view, each `None` where it cannot be told: the relation is locked
/// exclusively by another session, or SQLite does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Size {
    /// All of it.
    pub total: Option<u64>,
    /// The rows themselves, with free space and visibility maps.
    pub table: Option<u64>,
    /// Its indexes.
    pub indexes: Option<u64>,
    /// Large values kept out of line, with their index.
    pub toast: Option<u64>,
}
