//! The database itself.

use serde::{Deserialize, Serialize};

/// The database itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Database {
    /// Its name, unquoted; the file's path in SQLite.
    pub name: String,
    /// The role that owns it; empty in SQLite.
    pub owner: String,
    /// The encoding: `UTF8`.
    pub encoding: String,
    /// `LC_COLLATE`; empty in SQLite.
    pub collate: String,
    /// `LC_CTYPE`; empty in SQLite.
    pub ctype: String,
    /// The locale of the ICU or built-in provider, where one of them sorts.
    pub locale: Option<String>,
    /// Bytes on disk; `None` where the role may not ask.
    pub bytes: Option<u64>,
    /// Existing schemas that a name without one is looked up in.
    pub search_path: Vec<String>,
    /// The comment.
    pub comment: Option<String>,
}
