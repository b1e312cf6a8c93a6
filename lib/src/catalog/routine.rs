//! Functions and procedures.

use serde::{Deserialize, Serialize};

use super::Name;

/// A function, procedure, aggregate or window function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Routine {
    /// Its name; several routines may share it.
    pub name: Name,
    /// What sort of routine.
    pub kind: RoutineKind,
    /// Arguments as declared, with names and defaults.
    pub arguments: String,
    /// Arguments as `DROP FUNCTION` and `ALTER FUNCTION` want them.
    pub identity: String,
    /// What it returns; `None` for a procedure.
    pub result: Option<String>,
    /// Its language.
    pub language: String,
    /// The role that owns it.
    pub owner: String,
    /// Runs with its owner's rights.
    pub security_definer: bool,
    /// The comment.
    pub comment: Option<String>,
}

/// What sort of routine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoutineKind {
    /// A function.
    Function,
    /// A procedure.
    Procedure,
    /// An aggregate.
    Aggregate,
    /// A window function.
    Window,
}
