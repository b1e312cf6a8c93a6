//! Domains.

use serde::{Deserialize, Serialize};

use super::Name;

/// A domain: a type with conditions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Domain {
    /// Its name.
    pub name: Name,
    /// The type below.
    pub data_type: String,
    /// The collation, where it is not the type's own.
    pub collation: Option<String>,
    /// The default's expression.
    pub default: Option<String>,
    /// Refuses NULL.
    pub not_null: bool,
    /// The constraint of `not_null`; before PostgreSQL 17 it has none.
    pub not_null_constraint: Option<DomainConstraint>,
    /// Its checks, by name.
    pub constraints: Vec<DomainConstraint>,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}

/// A condition of a domain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DomainConstraint {
    /// Its name, unquoted.
    pub name: String,
    /// All after the name: `CHECK ((VALUE > 0)) NOT VALID`.
    pub definition: String,
    /// Existing rows have been checked.
    pub validated: bool,
    /// The comment.
    pub comment: Option<String>,
}
