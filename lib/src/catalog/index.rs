//! Indexes.

use serde::{Deserialize, Serialize};

use super::Name;

/// An index; it lives in its table's schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Index {
    /// Its name, unquoted.
    pub name: String,
    /// The whole `CREATE INDEX` statement; empty for the index of a constraint, whose definition makes it.
    pub definition: String,
    /// Access method: `btree`, `gin` …
    pub method: String,
    /// Keys in order: column names and expressions, as SQL text.
    pub columns: Vec<String>,
    /// Columns carried along (`INCLUDE`).
    pub include: Vec<String>,
    /// Refuses equal keys.
    pub unique: bool,
    /// The primary key's index.
    pub primary: bool,
    /// Usable by queries; a failed `CREATE INDEX CONCURRENTLY` leaves `false`.
    pub valid: bool,
    /// The condition of a partial index.
    pub predicate: Option<String>,
    /// NULLs are equal to each other (`NULLS NOT DISTINCT`).
    pub nulls_not_distinct: bool,
    /// `CLUSTER` orders the table by it.
    pub clustered: bool,
    /// Logical replication finds rows by it.
    pub replica_identity: bool,
    /// Storage parameters, `fillfactor=70`.
    pub options: Vec<String>,
    /// The tablespace, where it is not the database's own.
    pub tablespace: Option<String>,
    /// Statistics targets of keys that are expressions: the key's number from 1, and the target.
    pub statistics: Vec<(u32, i32)>,
    /// The constraint of the same table that it serves.
    pub constraint: Option<String>,
    /// A partition's share of an index on the partitioned table.
    pub inherited: bool,
    /// The index of the partitioned table that it is a share of.
    pub parent: Option<Name>,
    /// Bytes on disk; `None` where it cannot be told.
    pub bytes: Option<u64>,
    /// The comment.
    pub comment: Option<String>,
}
