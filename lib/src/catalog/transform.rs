//! Transforms between types and languages.

use serde::{Deserialize, Serialize};

/// A transform.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Transform {
    /// The type.
    pub data_type: String,
    /// The language.
    pub language: String,
    /// The function to the language, with its arguments.
    pub from_sql: Option<String>,
    /// The function from it, with its arguments.
    pub to_sql: Option<String>,
    /// The comment.
    pub comment: Option<String>,
}
