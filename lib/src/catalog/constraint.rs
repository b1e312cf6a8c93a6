//! Constraints of tables.

use serde::{Deserialize, Serialize};

use super::Name;

/// A constraint of a table. `NOT NULL` is a property of the column and not listed here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Constraint {
    /// Its name, unquoted; empty where SQLite has none.
    pub name: String,
    /// What it asks for.
    pub kind: ConstraintKind,
    /// All after the name: `FOREIGN KEY (a) REFERENCES public.b(id) NOT VALID`.
    pub definition: String,
    /// The table's columns that it is about, in the constraint's order; an expression's place is left out.
    pub columns: Vec<String>,
    /// What a foreign key points at.
    pub references: Option<Reference>,
    /// May be put off to the end of the transaction.
    pub deferrable: bool,
    /// Is put off unless told otherwise.
    pub initially_deferred: bool,
    /// Existing rows have been checked (not `NOT VALID`).
    pub validated: bool,
    /// Comes from a parent table and cannot be dropped here.
    pub inherited: bool,
    /// The comment.
    pub comment: Option<String>,
}

/// What a constraint asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintKind {
    /// Primary key.
    Primary,
    /// Unique values.
    Unique,
    /// A row of another table.
    Foreign,
    /// A condition on the row.
    Check,
    /// No two rows that conflict by given operators.
    Exclusion,
}

/// What a foreign key points at, and what follows from a change there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The table.
    pub table: Name,
    /// Its columns, in the order of the constraint's own.
    pub columns: Vec<String>,
    /// `ON DELETE`.
    pub on_delete: Action,
    /// `ON UPDATE`.
    pub on_update: Action,
}

/// What a foreign key does when the row it points at goes or changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Refuse, at the end of the statement or transaction.
    NoAction,
    /// Refuse at once.
    Restrict,
    /// Follow.
    Cascade,
    /// Set the columns to NULL.
    SetNull,
    /// Set the columns to their defaults.
    SetDefault,
}
