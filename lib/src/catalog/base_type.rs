//! Base types: those whose values only functions in C can read.

use serde::{Deserialize, Serialize};

use super::Name;

/// A base type, or the shell of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct BaseType {
    /// Its name.
    pub name: Name,
    /// It has its functions; `false` for a shell (`CREATE TYPE name`).
    pub defined: bool,
    /// All that `CREATE TYPE name (…)` takes, in one order: `INPUT = public.f`, `ALIGNMENT = double`.
    pub settings: Vec<String>,
    /// The role that owns it.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
}
