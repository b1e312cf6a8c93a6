//! Publications.

use serde::{Deserialize, Serialize};

use super::Name;

/// What logical replication sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Publication {
    /// Its name, unquoted.
    pub name: String,
    /// Every table.
    pub all_tables: bool,
    /// Single tables, by name.
    pub tables: Vec<PublishedTable>,
    /// Whole schemas, by name.
    pub schemas: Vec<String>,
    /// `insert`, `update`, `delete`, `truncate`: what is sent.
    pub publish: Vec<String>,
    /// Changes of partitions are sent as those of their root.
    pub via_partition_root: bool,
    /// Stored generated columns are sent.
    pub generated_columns: bool,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}

/// A table of a publication.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PublishedTable {
    /// The table.
    pub table: Name,
    /// The columns that are sent; `None` for all.
    pub columns: Option<Vec<String>>,
    /// The condition for rows that are sent.
    pub filter: Option<String>,
}
