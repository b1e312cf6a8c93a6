//! Roles.

use serde::{Deserialize, Serialize};

/// A role of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Role {
    /// Its name, unquoted.
    pub name: String,
    /// `LOGIN`.
    pub login: bool,
    /// `SUPERUSER`.
    pub superuser: bool,
    /// `CREATEDB`.
    pub create_db: bool,
    /// `CREATEROLE`.
    pub create_role: bool,
    /// `REPLICATION`.
    pub replication: bool,
    /// `BYPASSRLS`.
    pub bypass_row_security: bool,
    /// `INHERIT`.
    pub inherit: bool,
    /// Sessions allowed at once; `None` for no limit.
    pub connection_limit: Option<i64>,
    /// When its password ends, ISO 8601 in UTC.
    pub valid_until: Option<String>,
    /// Roles that it is a member of, by name.
    pub member_of: Vec<Membership>,
    /// The comment.
    pub comment: Option<String>,
}

/// Membership in a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The role that one is a member of, unquoted.
    pub role: String,
    /// May give the membership on.
    pub admin: bool,
}
