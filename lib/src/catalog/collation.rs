//! Collations.

use serde::{Deserialize, Serialize};

use super::Name;

/// A collation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Collation {
    /// Its name.
    pub name: Name,
    /// Who sorts.
    pub provider: CollationProvider,
    /// Only equal bytes are equal.
    pub deterministic: bool,
    /// `LC_COLLATE`, of the system's library.
    pub collate: Option<String>,
    /// `LC_CTYPE`, of the system's library.
    pub ctype: Option<String>,
    /// The locale of the other providers.
    pub locale: Option<String>,
    /// Additional rules of ICU.
    pub rules: Option<String>,
    /// The encoding that it is for; `None` for any, and for the database's own.
    pub encoding: Option<String>,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}

/// Who sorts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CollationProvider {
    /// The system's library.
    #[default]
    Libc,
    /// ICU.
    Icu,
    /// PostgreSQL itself.
    Builtin,
    /// Whoever sorts in this database.
    Default,
}
