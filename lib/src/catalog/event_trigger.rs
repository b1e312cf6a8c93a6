//! Event triggers.

use serde::{Deserialize, Serialize};

use super::TriggerState;

/// A trigger of the whole database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct EventTrigger {
    /// Its name, unquoted.
    pub name: String,
    /// `ddl_command_end`, `sql_drop` …
    pub event: String,
    /// The commands that it is for; empty for all.
    pub tags: Vec<String>,
    /// The function that it calls, without parentheses.
    pub function: String,
    /// When it fires.
    pub enabled: TriggerState,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}
