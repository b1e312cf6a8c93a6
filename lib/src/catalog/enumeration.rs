//! Enumerated types.

use serde::{Deserialize, Serialize};

use super::Name;

/// An enumerated type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Enum {
    /// Its name.
    pub name: Name,
    /// Its labels, in their own order.
    pub labels: Vec<String>,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}
