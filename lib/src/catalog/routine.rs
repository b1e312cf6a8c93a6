//! Functions and procedures.

use serde::{Deserialize, Serialize};

use super::Name;

/// A function, procedure, aggregate or window function.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
    /// Types of its input arguments, which with the name make it this one: `integer, text`.
    pub signature: String,
    /// What it returns; `None` for a procedure.
    pub result: Option<String>,
    /// Its language.
    pub language: String,
    /// The role that owns it.
    pub owner: String,
    /// Runs with its owner's rights.
    pub security_definer: bool,
    /// Whether equal arguments give equal results.
    pub volatility: Volatility,
    /// NULL for NULL, without a call.
    pub strict: bool,
    /// Tells nothing of its arguments but by its result.
    pub leakproof: bool,
    /// Whether parallel workers may run it.
    pub parallel: Parallel,
    /// Cost of a call, in units of `cpu_operator_cost`.
    pub cost: f32,
    /// Rows that it is expected to return; 0 for one that returns no set.
    pub rows: f32,
    /// Settings for the time of a call, `search_path=app`.
    pub settings: Vec<String>,
    /// The whole `CREATE OR REPLACE` statement; of an aggregate, what stands in the second parentheses, a line each.
    pub definition: String,
    /// The comment.
    pub comment: Option<String>,
}

/// What sort of routine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoutineKind {
    /// A function.
    #[default]
    Function,
    /// A procedure.
    Procedure,
    /// An aggregate.
    Aggregate,
    /// A window function.
    Window,
}

/// Whether equal arguments give equal results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Volatility {
    /// Not even within a statement.
    #[default]
    Volatile,
    /// Within a statement.
    Stable,
    /// Always.
    Immutable,
}

/// Whether parallel workers may run a routine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parallel {
    /// No statement that calls it runs in parallel.
    #[default]
    Unsafe,
    /// Only their leader may.
    Restricted,
    /// They may.
    Safe,
}
