//! Triggers.

use serde::{Deserialize, Serialize};

/// A trigger of a table or view.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Trigger {
    /// Its name, unquoted.
    pub name: String,
    /// The whole `CREATE TRIGGER` statement.
    pub definition: String,
    /// When it fires.
    pub enabled: TriggerState,
    /// A constraint trigger.
    pub constraint: bool,
    /// A partition's copy of a trigger of the partitioned table.
    pub inherited: bool,
    /// The comment.
    pub comment: Option<String>,
}

/// When a trigger fires, by the session's `session_replication_role`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerState {
    /// In ordinary sessions.
    #[default]
    Origin,
    /// Never.
    Disabled,
    /// In replication sessions only.
    Replica,
    /// In all sessions.
    Always,
}
