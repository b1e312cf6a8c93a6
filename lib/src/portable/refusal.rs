//! Why a value does not go into a column.

use super::Value;

/// A value that a column cannot hold as it is: it is refused, never rounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The column.
    pub column: usize,
    /// What the value is, and why it cannot be held: `"0.125" has more digits after the point than numeric(10,2) keeps`.
    pub reason: String,
}

impl Refusal {
    /// `value` cannot be held by the column at `column` for a reason that goes on after the value: `is too large`.
    pub fn of(column: usize, value: &Value<'_>, why: impl std::fmt::Display) -> Self {
        Self { column, reason: format!("{} {why}", value.excerpt()) }
    }
}
