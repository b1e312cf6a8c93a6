//! Foreign data: wrappers, servers and user mappings. Foreign tables are tables.

use serde::{Deserialize, Serialize};

/// A foreign data wrapper.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ForeignDataWrapper {
    /// Its name, unquoted.
    pub name: String,
    /// The function that makes its handler.
    pub handler: Option<String>,
    /// The function that checks options.
    pub validator: Option<String>,
    /// Options, `name=value`: the name ends at the first `=`.
    pub options: Vec<String>,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}

/// A foreign server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Server {
    /// Its name, unquoted.
    pub name: String,
    /// Its foreign data wrapper.
    pub wrapper: String,
    /// `TYPE`.
    pub server_type: Option<String>,
    /// `VERSION`.
    pub version: Option<String>,
    /// Options, `name=value`: the name ends at the first `=`.
    pub options: Vec<String>,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}

/// Who one is on a foreign server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct UserMapping {
    /// The server.
    pub server: String,
    /// The role, or `public` for all others.
    pub user: String,
    /// Options, `name=value`; empty too where the reader may not see them.
    pub options: Vec<String>,
}
