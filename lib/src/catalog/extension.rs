//! Extensions.

use serde::{Deserialize, Serialize};

use super::ObjectId;

/// An installed extension; it stands for all objects that belong to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Extension {
    /// Its name, unquoted.
    pub name: String,
    /// The installed version.
    pub version: String,
    /// The schema of its objects.
    pub schema: String,
    /// Its objects can be moved to another schema.
    pub relocatable: bool,
    /// The casts that it brings, each from one type to another.
    pub casts: Vec<(String, String)>,
    /// The comment; most extensions bring one.
    pub comment: Option<String>,
}

/// An object that goes when the extension goes (`ALTER … DEPENDS ON EXTENSION`).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DependsOnExtension {
    /// The object.
    pub object: ObjectId,
    /// The extension.
    pub extension: String,
}
