//! Row security policies.

use serde::{Deserialize, Serialize};

/// A row security policy of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Policy {
    /// Its name, unquoted.
    pub name: String,
    /// What it is for.
    pub command: PolicyCommand,
    /// One of these must hold; all of the others must.
    pub permissive: bool,
    /// The roles that it is for, by name; empty for all (`PUBLIC`).
    pub roles: Vec<String>,
    /// The condition for rows that are there.
    pub using: Option<String>,
    /// The condition for rows that come.
    pub check: Option<String>,
    /// The comment.
    pub comment: Option<String>,
}

/// What a policy is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyCommand {
    /// Everything.
    #[default]
    All,
    /// `SELECT`.
    Select,
    /// `INSERT`.
    Insert,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
}
