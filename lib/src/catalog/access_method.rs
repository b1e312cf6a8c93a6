//! Access methods.

use serde::{Deserialize, Serialize};

/// An access method for tables or indexes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AccessMethod {
    /// Its name, unquoted.
    pub name: String,
    /// For indexes; otherwise for tables.
    pub indexes: bool,
    /// The function that makes its handler.
    pub handler: String,
    /// The comment.
    pub comment: Option<String>,
}
