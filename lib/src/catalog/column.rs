//! Columns.

use serde::{Deserialize, Serialize};

use super::Origin;

/// A column of a table or view. The order of the fields is that in which PostgreSQL's reader sends them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Column {
    /// Its name, unquoted.
    pub name: String,
    /// Its type as PostgreSQL's `format_type` prints it, `character varying(20)`; as declared in SQLite, where it may be empty.
    pub data_type: String,
    /// Refuses NULL.
    pub not_null: bool,
    /// The constraint of `not_null`; before PostgreSQL 18 it has none.
    pub not_null_constraint: Option<Box<NotNull>>,
    /// The default's expression.
    pub default: Option<String>,
    /// `GENERATED … AS IDENTITY`; in SQLite, `AUTOINCREMENT`. A partition has none: from PostgreSQL 17 on it is the table's above.
    pub identity: Option<Identity>,
    /// `GENERATED ALWAYS AS (expression)`.
    pub generated: Option<Generated>,
    /// The collation, where it is not the type's own.
    pub collation: Option<String>,
    /// How values are kept, where that is not the type's own way.
    pub storage: Option<Storage>,
    /// How values are compressed, `pglz` or `lz4`, where that was set.
    pub compression: Option<String>,
    /// The statistics target, where it was set.
    pub statistics: Option<i32>,
    /// `n_distinct=5`; entries whose names begin with `pg_` are the server's own notes and left out.
    pub options: Vec<String>,
    /// A foreign table's options of the column, `name=value`.
    pub foreign_options: Vec<String>,
    /// Declared here, or come from a parent table.
    pub origin: Origin,
    /// The comment.
    pub comment: Option<String>,
}

/// The constraint behind `NOT NULL`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct NotNull {
    /// Its name, unquoted.
    pub name: String,
    /// Children do not inherit it.
    pub no_inherit: bool,
    /// Existing rows have been checked (not `NOT VALID`).
    pub validated: bool,
    /// Declared here, or come from a parent table.
    pub origin: Origin,
    /// The comment.
    pub comment: Option<String>,
}

/// When an identity column makes its own value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// Always, unless overridden.
    Always,
    /// Where the row gives none.
    ByDefault,
}

/// How a generated column is computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// The expression.
    pub expression: String,
    /// Kept on disk (`STORED`), or computed when read (`VIRTUAL`).
    pub stored: bool,
}

/// TOAST strategies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// In line, uncompressed.
    Plain,
    /// Out of line, uncompressed.
    External,
    /// In line as long as possible, compressed.
    Main,
    /// Compressed, then out of line.
    Extended,
}
