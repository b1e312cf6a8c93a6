//! Range types.

use serde::{Deserialize, Serialize};

use super::Name;

/// A range type, with its multirange.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Range {
    /// Its name.
    pub name: Name,
    /// The type that it is a range of.
    pub subtype: String,
    /// The operator class that orders it, with its schema.
    pub operator_class: String,
    /// The collation, where it is not the subtype's own.
    pub collation: Option<String>,
    /// The function that makes equal ranges look equal.
    pub canonical: Option<String>,
    /// The function that measures.
    pub subtype_difference: Option<String>,
    /// Its multirange type; before PostgreSQL 14 there is none.
    pub multirange: Option<Name>,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}
