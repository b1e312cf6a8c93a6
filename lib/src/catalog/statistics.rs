//! Extended statistics.

use serde::{Deserialize, Serialize};

use super::Name;

/// Extended statistics of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Statistics {
    /// Its name.
    pub name: Name,
    /// The table.
    pub table: Name,
    /// The whole `CREATE STATISTICS` statement.
    pub definition: String,
    /// The statistics target, where it was set.
    pub target: Option<i32>,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}
