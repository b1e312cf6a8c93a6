//! What loading a dump will do.

use serde::Serialize;

use crate::catalog::Name;
use crate::portable::Kind;
use crate::portable::postgres::Column;

/// What loading a dump will do, in this order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// The dump, by its id.
    pub dump: String,
    /// The version of the migrations that it was made at.
    pub migration: Option<String>,
    /// The tables, in the order in which they are filled.
    pub tables: Vec<PlannedTable>,
    /// Tables that are filled in one transaction, by their places in `tables`, where the load goes by batches.
    #[serde(skip)]
    pub(in crate::data) units: Vec<Unit>,
    /// Foreign keys that hold only once other tables are filled.
    pub late_keys: Vec<LateKey>,
    /// Triggers that do not fire meanwhile: rows come as they were.
    pub silenced: Vec<Silenced>,
}

/// A table that is filled.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedTable {
    /// Its place in the manifest.
    #[serde(skip)]
    pub place: usize,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Rows that come, where that is known before.
    pub rows: Option<u64>,
    /// Its columns, in the dump's order.
    pub columns: Vec<PlannedColumn>,
    /// The columns of the primary key.
    pub primary_key: Vec<String>,
    /// Its rows are in partitions.
    #[serde(skip)]
    pub(in crate::data) partitioned: bool,
    /// The columns that are given their numbers by a counter, and what the dump knows of it.
    #[serde(skip)]
    pub(in crate::data) counters: Vec<Counter>,
    /// Columns outside of the key that are GENERATED ALWAYS AS IDENTITY.
    #[serde(skip)]
    pub(in crate::data) always: Vec<String>,
    /// It has foreign keys that are checked at COMMIT alone.
    #[serde(skip)]
    pub(in crate::data) keys_wait: bool,
    /// STRICT, in SQLite.
    #[serde(skip)]
    pub(in crate::data) strict: bool,
}

/// A column that is filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub data_type: String,
    /// What its values mean.
    pub kind: Kind,
    /// What they mean in the dump.
    pub from: Kind,
    /// What it can hold, in PostgreSQL.
    #[serde(skip)]
    pub(in crate::data) holds: Column,
    /// In SQLite, a number would come of its NULL.
    #[serde(skip)]
    pub(in crate::data) numbers: bool,
}

/// A counter of a column's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::data) struct Counter {
    pub(in crate::data) column: String,
    /// Its numbers are the column's values: the highest of them has been given out.
    pub(in crate::data) is_value: bool,
    /// The sequence; SQLite has none.
    pub(in crate::data) sequence: Option<Name>,
    pub(in crate::data) ascending: bool,
    pub(in crate::data) lowest: i64,
    pub(in crate::data) highest: i64,
    /// The highest number given out in the source.
    pub(in crate::data) last: Option<i64>,
}

/// A foreign key to a table that is filled later, or to the table itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LateKey {
    /// The table that has it.
    pub table: Name,
    /// Its name; empty in SQLite.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// It may be put off as it is.
    pub deferrable: bool,
    /// It is put off without being asked.
    #[serde(skip)]
    pub(in crate::data) initially_deferred: bool,
    /// The table refers to itself.
    #[serde(skip)]
    pub(in crate::data) to_itself: bool,
}

/// A trigger that does not fire while rows are loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Silenced {
    /// The table, or a partition of it.
    pub table: Name,
    /// Its name.
    pub name: String,
    /// The table that is filled: that one, or the one that it is a partition of.
    #[serde(skip)]
    pub(in crate::data) filled: Name,
    /// It fires in replication sessions too.
    #[serde(skip)]
    pub(in crate::data) always: bool,
    /// The statement that makes it; SQLite alone needs it.
    #[serde(skip)]
    pub(in crate::data) definition: String,
}

/// Tables that must be filled in one transaction, or a single one that may be filled in several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::data) struct Unit {
    /// Places in the plan, one after the other.
    pub(in crate::data) from: usize,
    pub(in crate::data) to: usize,
    /// One row may need another: it cannot be cut up.
    pub(in crate::data) whole: bool,
}

impl Plan {
    /// The places in the manifest of the tables that are filled.
    pub(super) fn order(&self) -> Vec<usize> {
        self.tables.iter().map(|table| table.place).collect()
    }

    /// Rows that come, where that is known.
    pub fn rows(&self) -> Option<u64> {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

impl PlannedTable {
    /// Its name in the catalog.
    pub fn full_name(&self) -> Name {
        Name::new(&*self.schema, &*self.name)
    }
}
