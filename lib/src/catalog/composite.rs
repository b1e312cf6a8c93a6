//! Composite types.

use serde::{Deserialize, Serialize};

use super::Name;

/// A composite type that is no table's row type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Composite {
    /// Its name.
    pub name: Name,
    /// Its attributes, in order.
    pub attributes: Vec<Attribute>,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}

/// An attribute of a composite type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Attribute {
    /// Its name, unquoted.
    pub name: String,
    /// Its type.
    pub data_type: String,
    /// The collation, where it is not the type's own.
    pub collation: Option<String>,
    /// The comment.
    pub comment: Option<String>,
}
