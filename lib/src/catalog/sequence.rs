//! Sequences.

use serde::{Deserialize, Serialize};

use super::Name;

/// A sequence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Sequence {
    /// Its name.
    pub name: Name,
    /// The role that owns it.
    pub owner: String,
    /// `smallint`, `integer` or `bigint`.
    pub data_type: String,
    /// First value.
    pub start: i64,
    /// Step.
    pub increment: i64,
    /// Lowest value.
    pub min: i64,
    /// Highest value.
    pub max: i64,
    /// Values that a session takes at once.
    pub cache: i64,
    /// Starts over at its end.
    pub cycle: bool,
    /// It starts over after a crash.
    pub unlogged: bool,
    /// The column that it goes away with.
    pub owned_by: Option<ColumnName>,
    /// Belongs to an identity column.
    pub identity: bool,
    /// Last value taken; `None` where it was never used or may not be read.
    pub last_value: Option<i64>,
    /// The comment.
    pub comment: Option<String>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ColumnName {
    /// The table.
    pub table: Name,
    /// The column, unquoted.
    pub column: String,
}
