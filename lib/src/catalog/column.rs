//! Columns.

use serde::{Deserialize, Serialize};

/// A column of a table or view.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Column {
    /// Its name, unquoted.
    pub name: String,
    /// Its type as PostgreSQL's `format_type` prints it, `character varying(20)`; as declared in SQLite, where it may be empty.
    pub data_type: String,
    /// Refuses NULL.
    pub not_null: bool,
    /// The default's expression.
    pub default: Option<String>,
    /// `GENERATED … AS IDENTITY`; in SQLite, `AUTOINCREMENT`.
    pub identity: Option<Identity>,
    /// `GENERATED ALWAYS AS (expression)`.
    pub generated: Option<Generated>,
    /// The collation, where it is not the type's own.
    pub collation: Option<String>,
    /// How values are kept, where that is not the type's own way.
    pub storage: Option<Storage>,
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
