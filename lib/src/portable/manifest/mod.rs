//! What a portable dump holds.

mod check;
mod read;

pub use read::parse;

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::archive::digest::{Rows, Seed};
use crate::catalog::Name;

/// The version of the format.
pub const FORMAT: u32 = 1;

/// The manifest's file.
pub const FILE: &str = "manifest.json";

/// Bytes that a manifest has at most: it is held whole, and one that is larger is none of ours.
pub const LARGEST: u64 = 64 * 1024 * 1024;

/// What a dump holds. In a folder it is written last; in a stream it stands first without the rows' digests, and last with them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`] of who wrote it.
    pub format: u32,
    /// What tells this dump from others: when it was begun, and the seed.
    pub id: String,
    /// When it was begun, in UTC.
    pub created: String,
    /// Mainstay's version.
    pub tool: String,
    /// Where the rows come from.
    pub source: Source,
    /// The version of the migrations that the source was at, where it has a ledger.
    pub migration: Option<String>,
    /// What the rows' digests begin with.
    pub seed: Seed,
    /// Everything is there: the rows of every table are counted.
    pub complete: bool,
    /// The tables, those first that others refer to.
    pub tables: Vec<Table>,
    /// What has rows in the source and is not here.
    pub left_out: Vec<String>,
}

/// Where rows come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Which engine.
    pub engine: Engine,
    /// The database's name, or the file's.
    pub database: String,
    /// The server's version as printed.
    pub version: String,
}

/// An engine that rows come from or go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
}

/// A table and its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its schema in the source; `main` in SQLite.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The columns with values of their own, in their order: what is computed from others is not here.
    pub columns: Vec<Column>,
    /// The columns of the primary key.
    pub primary_key: Vec<String>,
    /// The keys to other tables.
    pub foreign_keys: Vec<ForeignKey>,
    /// The files with its rows, in their order.
    pub files: Vec<String>,
    /// How many rows there are, and their digest.
    pub rows: Option<Rows>,
}

/// The name of another table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableName {
    /// The schema; `main` in SQLite.
    pub schema: String,
    /// The table.
    pub name: String,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type in the source's own words.
    #[serde(rename = "type")]
    pub data_type: String,
    /// What its values mean.
    pub kind: Kind,
    /// The highest number that its counter has given out, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<i64>,
}

/// A key to another table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignKey {
    /// Columns here.
    pub columns: Vec<String>,
    /// The table that they refer to.
    pub table: TableName,
    /// Its columns.
    pub references: Vec<String>,
}

impl TableName {
    /// The name in a catalog.
    pub fn name(&self) -> Name {
        Name::new(&*self.schema, &*self.name)
    }
}

impl From<&Name> for TableName {
    fn from(name: &Name) -> Self {
        Self { schema: name.schema.clone(), name: name.name.clone() }
    }
}

impl Table {
    /// Its name in the source's catalog.
    pub fn full_name(&self) -> Name {
        Name::new(&*self.schema, &*self.name)
    }
}

impl Manifest {
    /// The file's text.
    ///
    /// # Panics
    /// Never: every part of it is text or a number.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a manifest is plain data");
        text.push('\n');
        text
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.tables.iter().filter_map(|table| table.rows).map(|rows| rows.count).sum()
    }
}

#[cfg(test)]
mod tests;
