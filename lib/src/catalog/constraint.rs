//! Constraints of tables.

use serde::{Deserialize, Serialize};

use super::{Name, Origin};

/// A constraint of a table. `NOT NULL` is a property of the column and not listed here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
    /// Columns that a key's index carries along (`INCLUDE`).
    pub include: Vec<String>,
    /// What a foreign key points at.
    pub references: Option<Reference>,
    /// A check's condition, without parentheses around it.
    pub expression: Option<String>,
    /// NULLs are equal to each other (`NULLS NOT DISTINCT`).
    pub nulls_not_distinct: bool,
    /// The last column is a period: `WITHOUT OVERLAPS`, and `PERIOD` of a foreign key.
    pub temporal: bool,
    /// Children do not inherit it.
    pub no_inherit: bool,
    /// Rows are checked (not `NOT ENFORCED`).
    pub enforced: bool,
    /// May be put off to the end of the transaction.
    pub deferrable: bool,
    /// Is put off unless told otherwise.
    pub initially_deferred: bool,
    /// Existing rows have been checked (not `NOT VALID`).
    pub validated: bool,
    /// Declared here, or come from a parent table.
    pub origin: Origin,
    /// The comment.
    pub comment: Option<String>,
}

/// What a constraint asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintKind {
    /// Primary key.
    Primary,
    /// Unique values.
    Unique,
    /// A row of another table.
    Foreign,
    /// A condition on the row.
    #[default]
    Check,
    /// No two rows that conflict by given operators.
    Exclusion,
}

/// What a foreign key points at, and what follows from a change there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reference {
    /// The table.
    pub table: Name,
    /// Its columns, in the order of the constraint's own.
    pub columns: Vec<String>,
    /// Whether keys of several columns may be partly NULL.
    pub matching: Match,
    /// `ON DELETE`.
    pub on_delete: Action,
    /// The columns that `ON DELETE SET NULL` or `SET DEFAULT` is about; empty for all.
    pub set_columns: Vec<String>,
    /// `ON UPDATE`.
    pub on_update: Action,
}

/// Whether a foreign key of several columns may be partly NULL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// It may, and then points at nothing.
    #[default]
    Simple,
    /// All or none.
    Full,
}

/// What a foreign key does when the row it points at goes or changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Refuse, at the end of the statement or transaction.
    #[default]
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

/// One that holds for all rows, as nothing else is said.
impl Default for Constraint {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: ConstraintKind::default(),
            definition: String::new(),
            columns: Vec::new(),
            include: Vec::new(),
            references: None,
            expression: None,
            nulls_not_distinct: false,
            temporal: false,
            no_inherit: false,
            enforced: true,
            deferrable: false,
            initially_deferred: false,
            validated: true,
            origin: Origin::Own,
            comment: None,
        }
    }
}
