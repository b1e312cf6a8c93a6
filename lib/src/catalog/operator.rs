//! Operators, their classes and families.

use serde::{Deserialize, Serialize};

use super::Name;

/// An operator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Operator {
    /// Its name.
    pub name: Name,
    /// The type on its left.
    pub left: Option<String>,
    /// The type on its right.
    pub right: Option<String>,
    /// What it makes; `None` for one that others only mention.
    pub result: Option<String>,
    /// The function that does it.
    pub function: Option<String>,
    /// `COMMUTATOR`, with its schema.
    pub commutator: Option<String>,
    /// `NEGATOR`, with its schema.
    pub negator: Option<String>,
    /// The function that estimates conditions.
    pub restrict: Option<String>,
    /// The function that estimates joins.
    pub join: Option<String>,
    /// Good for hash joins.
    pub hashes: bool,
    /// Good for merge joins.
    pub merges: bool,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}

/// An operator family.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct OperatorFamily {
    /// Its name.
    pub name: Name,
    /// The access method.
    pub method: String,
    /// Members that no class owns, as `ALTER OPERATOR FAMILY … ADD` takes them.
    pub members: Vec<String>,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}

/// An operator class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct OperatorClass {
    /// Its name.
    pub name: Name,
    /// The access method.
    pub method: String,
    /// Its family.
    pub family: Name,
    /// The type that it is for.
    pub data_type: String,
    /// The one that an index takes by itself.
    pub default: bool,
    /// What an index keeps, where that is another type.
    pub storage: Option<String>,
    /// Its operators and functions, as `CREATE OPERATOR CLASS` takes them.
    pub members: Vec<String>,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}
