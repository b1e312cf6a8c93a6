//! Procedural languages.

use serde::{Deserialize, Serialize};

/// A procedural language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Language {
    /// Its name, unquoted.
    pub name: String,
    /// Others than superusers may write in it.
    pub trusted: bool,
    /// The function that calls its functions.
    pub handler: Option<String>,
    /// The function that runs `DO`.
    pub inline: Option<String>,
    /// The function that checks bodies.
    pub validator: Option<String>,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}
