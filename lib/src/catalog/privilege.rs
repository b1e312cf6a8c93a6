//! Privileges.

use serde::{Deserialize, Serialize};

use super::ObjectId;

/// What an object's privileges add to or take from those that it has by itself: the built-in ones of its kind, or those
/// that it had when the system or its extension made it. An object without an entry has just those.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Privileges {
    /// The object.
    pub on: ObjectId,
    /// What was granted.
    pub granted: Vec<Grant>,
    /// What was revoked.
    pub revoked: Vec<Grant>,
}

/// One privilege of one role.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grant {
    /// Who has it; `None` for everyone (`PUBLIC`).
    pub grantee: Option<String>,
    /// `SELECT`, `USAGE` …
    pub privilege: String,
    /// May be given on.
    pub grantable: bool,
    /// Who gave it.
    pub grantor: String,
}

/// What `ALTER DEFAULT PRIVILEGES` adds to or takes from the built-in privileges of objects yet to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DefaultPrivileges {
    /// Whose objects.
    pub role: String,
    /// In which schema; `None` for all.
    pub schema: Option<String>,
    /// Which kind of object.
    pub objects: DefaultsFor,
    /// What is granted.
    pub granted: Vec<Grant>,
    /// What is revoked.
    pub revoked: Vec<Grant>,
}

/// The kinds of objects that have default privileges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefaultsFor {
    /// Tables and views.
    #[default]
    Tables,
    /// Sequences.
    Sequences,
    /// Functions and procedures.
    Functions,
    /// Types and domains.
    Types,
    /// Schemas.
    Schemas,
    /// Large objects (from PostgreSQL 18 on).
    LargeObjects,
}
