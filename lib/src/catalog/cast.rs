//! Casts.

use serde::{Deserialize, Serialize};

/// A cast from one type to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Cast {
    /// The type that it takes.
    pub source: String,
    /// The type that it makes.
    pub target: String,
    /// The function that does it, with its arguments.
    pub function: Option<String>,
    /// How it is done.
    pub method: CastMethod,
    /// When it is done.
    pub context: CastContext,
    /// The comment.
    pub comment: Option<String>,
}

/// How a cast is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CastMethod {
    /// A function does it.
    #[default]
    Function,
    /// By way of text (`WITH INOUT`).
    Inout,
    /// Not at all: both look the same (`WITHOUT FUNCTION`).
    Binary,
}

/// When a cast is done unasked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CastContext {
    /// Never.
    #[default]
    Explicit,
    /// When a column is given the value.
    Assignment,
    /// Anywhere.
    Implicit,
}
