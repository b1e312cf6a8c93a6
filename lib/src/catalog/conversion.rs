//! Conversions between encodings.

use serde::{Deserialize, Serialize};

use super::Name;

/// A conversion from one encoding to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Conversion {
    /// Its name.
    pub name: Name,
    /// The encoding that it takes.
    pub source: String,
    /// The encoding that it makes.
    pub target: String,
    /// The function that does it.
    pub function: String,
    /// The one that the server uses by itself.
    pub default: bool,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}
