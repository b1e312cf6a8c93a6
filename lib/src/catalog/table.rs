//! Tables.

use serde::{Deserialize, Serialize};

use super::{Column, Constraint, ConstraintKind, Index, Name, Policy, Rule, Size, Trigger};

/// A table, with all that hangs on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// What sort of table.
    pub kind: TableKind,
    /// The role that owns it; empty in SQLite.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
    /// Does it survive a crash?
    pub persistence: Persistence,
    /// Row security is enabled.
    pub row_security: bool,
    /// Row security holds for the owner too.
    pub force_row_security: bool,
    /// The partitioned table that this one is a part of.
    pub partition_of: Option<Partition>,
    /// How a partitioned table is cut: `RANGE (at)`.
    pub partition_key: Option<String>,
    /// Parents by plain inheritance, in order.
    pub inherits: Vec<Name>,
    /// The composite type that it is made of (`OF`).
    pub of_type: Option<Name>,
    /// The access method: `heap`; `None` where a kind of table has none.
    pub access_method: Option<String>,
    /// The tablespace, where it is not the database's own.
    pub tablespace: Option<String>,
    /// How logical replication tells rows apart.
    pub replica_identity: ReplicaIdentity,
    /// Storage parameters, `fillfactor=70`, those of its TOAST table as `toast.autovacuum_enabled=false`; in SQLite `STRICT` and
    /// `WITHOUT ROWID`.
    pub options: Vec<String>,
    /// A foreign table's server.
    pub server: Option<String>,
    /// A foreign table's options, `name=value`: the name ends at the first `=`.
    pub foreign_options: Vec<String>,
    /// The stored `CREATE TABLE` statement: SQLite keeps one, PostgreSQL does not.
    pub definition: Option<String>,
    /// Estimate of the number of rows; `None` where nobody has counted.
    pub rows: Option<u64>,
    /// Room on disk; for a partitioned table its own, which is nothing.
    pub size: Size,
    /// Columns by position.
    pub columns: Vec<Column>,
    /// Constraints by name.
    pub constraints: Vec<Constraint>,
    /// Indexes by name.
    pub indexes: Vec<Index>,
    /// Triggers by name, without those that enforce constraints.
    pub triggers: Vec<Trigger>,
    /// Rewrite rules by name.
    pub rules: Vec<Rule>,
    /// Row security policies by name.
    pub policies: Vec<Policy>,
}

/// What sort of table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// Holds its own rows; a partition too.
    #[default]
    Table,
    /// Its partitions hold the rows.
    Partitioned,
    /// Another server holds the rows.
    Foreign,
}

/// Does a table survive a crash?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Persistence {
    /// Yes.
    #[default]
    Permanent,
    /// It is empty after a crash.
    Unlogged,
}

/// How logical replication tells rows apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaIdentity {
    /// By the primary key.
    #[default]
    Default,
    /// Not at all.
    Nothing,
    /// By all columns.
    Full,
    /// By the index that says so of itself.
    Index,
}

/// A partition's place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Partition {
    /// The partitioned table.
    pub parent: Name,
    /// Which rows are here: `FOR VALUES FROM (1) TO (10)` or `DEFAULT`.
    pub bound: String,
    /// Somebody has begun to detach it (`DETACH PARTITION … CONCURRENTLY`).
    pub detaching: bool,
}

impl Table {
    /// The column named `name`, unquoted and exact.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The constraint named `name`, unquoted and exact.
    pub fn constraint(&self, name: &str) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.name == name)
    }

    /// The index named `name`, unquoted and exact.
    pub fn index(&self, name: &str) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == name)
    }

    /// The primary key.
    pub fn primary_key(&self) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.kind == ConstraintKind::Primary)
    }

    /// The tables that it is a part or a child of.
    pub fn parents(&self) -> impl Iterator<Item = &Name> {
        self.partition_of.iter().map(|partition| &partition.parent).chain(&self.inherits)
    }

    /// The foreign keys from here to other tables, or to itself.
    pub fn foreign_keys(&self) -> impl Iterator<Item = &Constraint> {
        self.constraints.iter().filter(|constraint| constraint.kind == ConstraintKind::Foreign)
    }
}
