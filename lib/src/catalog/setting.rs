//! Settings that a database or a role gives its sessions.

use serde::{Deserialize, Serialize};

/// One setting of `ALTER DATABASE … SET` or `ALTER ROLE … IN DATABASE … SET`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Setting {
    /// The role; `None` for all sessions of the database.
    pub role: Option<String>,
    /// The parameter.
    pub name: String,
    /// Its value, as the server keeps it.
    pub value: String,
}
