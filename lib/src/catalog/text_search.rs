//! Text search.

use serde::{Deserialize, Serialize};

use super::Name;

/// A parser of text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TextSearchParser {
    /// Its name.
    pub name: Name,
    /// Its functions: `START = prsd_start`.
    pub settings: Vec<String>,
    /// The comment.
    pub comment: Option<String>,
}

/// A template of dictionaries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TextSearchTemplate {
    /// Its name.
    pub name: Name,
    /// Its functions: `LEXIZE = dsimple_lexize`.
    pub settings: Vec<String>,
    /// The comment.
    pub comment: Option<String>,
}

/// A dictionary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TextSearchDictionary {
    /// Its name.
    pub name: Name,
    /// Its template.
    pub template: Name,
    /// Its options, as they stand in the statement.
    pub options: Option<String>,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}

/// A configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TextSearchConfiguration {
    /// Its name.
    pub name: Name,
    /// Its parser.
    pub parser: Name,
    /// What happens to which token, by token.
    pub mappings: Vec<TextSearchMapping>,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}

/// What happens to a kind of token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TextSearchMapping {
    /// The kind of token.
    pub token: String,
    /// The dictionaries that see it, in order, with their schemas.
    pub dictionaries: Vec<String>,
}
