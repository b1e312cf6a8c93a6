//! Subscriptions.

use serde::{Deserialize, Serialize};

/// What logical replication takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Subscription {
    /// Its name, unquoted.
    pub name: String,
    /// The publications that it takes, by name.
    pub publications: Vec<String>,
    /// The connection string; `None` where the reader may not see it.
    pub connection: Option<String>,
    /// It is at work.
    pub enabled: bool,
    /// The replication slot.
    pub slot: Option<String>,
    /// `streaming=on`, whose standard depends on the version, and all else that is not standard.
    pub options: Vec<String>,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}
