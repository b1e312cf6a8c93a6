//! What becomes of an object, and the statements that do it.

use crate::catalog::Name;

/// One statement of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// The text, without a semicolon.
    pub sql: String,
    /// What it does can be used only once it is committed.
    pub commits: bool,
    /// What it takes away has no values of its own: a computed column that comes again, a table whose rows its partitions hold.
    pub valueless: bool,
    /// Tables whose values it takes away, where its text does not name them.
    pub loses: Vec<Name>,
}

impl Statement {
    pub(super) fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), commits: false, valueless: false, loses: Vec::new() }
    }

    pub(super) fn committed(sql: impl Into<String>) -> Self {
        Self { commits: true, ..Self::new(sql) }
    }

    /// One that takes away what has no values of its own.
    pub(super) fn valueless(sql: impl Into<String>) -> Self {
        Self { valueless: true, ..Self::new(sql) }
    }
}

/// How an object that both sides have becomes the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// By these statements; by none where both are the same.
    Alter(Vec<Statement>),
    /// By these statements, while whatever reads it is out of the way: views, policies, triggers.
    AlterAlone(Vec<Statement>),
    /// It is dropped and made anew.
    Rebuild,
}

impl Change {
    /// Nothing is to be done.
    pub(super) fn none() -> Self {
        Self::Alter(Vec::new())
    }
}
