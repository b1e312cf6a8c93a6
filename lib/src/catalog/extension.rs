//! Extensions.

use serde::{Deserialize, Serialize};

/// An installed extension; it stands for all objects that belong to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Extension {
    /// Its name, unquoted.
    pub name: String,
    /// The installed version.
    pub version: String,
    /// The schema of its objects.
    pub schema: String,
}
