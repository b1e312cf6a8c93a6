//! Rewrite rules.

use serde::{Deserialize, Serialize};

use super::TriggerState;

/// A rewrite rule of a table or view; a view's query is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Rule {
    /// Its name, unquoted.
    pub name: String,
    /// The whole `CREATE RULE` statement.
    pub definition: String,
    /// When it holds.
    pub enabled: TriggerState,
    /// The comment.
    pub comment: Option<String>,
}
