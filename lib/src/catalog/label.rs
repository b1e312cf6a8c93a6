//! Security labels.

use serde::{Deserialize, Serialize};

use super::ObjectId;

/// A security label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Label {
    /// The object.
    pub on: ObjectId,
    /// Whose label.
    pub provider: String,
    /// The label.
    pub label: String,
}
