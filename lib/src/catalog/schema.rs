//! Schemas.

use serde::{Deserialize, Serialize};

/// A schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Schema {
    /// Its name, unquoted.
    pub name: String,
    /// The role that owns it; empty in SQLite.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}
