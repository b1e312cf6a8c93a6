//! What becomes of an object, and the statements that do it.

use crate::catalog::Name;
use crate::plan::{Hazard, Risk};

/// One statement of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// The text, without a semicolon.
    pub sql: String,
    /// Which transaction it may be part of.
    pub bounds: Bounds,
    /// What it costs those who use the table meanwhile, and its values.
    pub costs: Vec<Cost>,
    /// It takes away only what the plan itself has made.
    pub tidies: bool,
    /// What it takes away has no values of its own: a computed column that comes again, a table whose rows its partitions hold.
    pub valueless: bool,
    /// Tables whose values it takes away, where its text does not name them.
    pub loses: Vec<Name>,
}

/// Which transaction a statement may be part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bounds {
    /// One with what comes before and after.
    Shared,
    /// One that ends with it: what it does can be used only once it is committed.
    Closing,
    /// None but its own.
    Alone,
    /// None at all, and it waits for every lock as long as it takes: broken off it would leave an invalid index.
    Patient,
}

/// A hazard for a table that is there before the plan; for one that the plan makes it is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    pub table: Name,
    pub hazard: Hazard,
    /// Why, in a few words: "rewrites table public.log: column at gets another type".
    pub reason: String,
}

impl Cost {
    /// As the risk of statement `at` of a step.
    pub(super) fn risk(self, at: usize) -> Risk {
        let tables = if self.hazard.loses_rows() { vec![self.table.to_string()] } else { Vec::new() };
        Risk { tables, ..Risk::new(self.hazard, self.reason, at) }
    }
}

impl Statement {
    pub(super) fn new(sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            bounds: Bounds::Shared,
            costs: Vec::new(),
            tidies: false,
            valueless: false,
            loses: Vec::new(),
        }
    }

    pub(super) fn committed(sql: impl Into<String>) -> Self {
        Self { bounds: Bounds::Closing, ..Self::new(sql) }
    }

    /// One that takes away what has no values of its own.
    pub(super) fn valueless(sql: impl Into<String>) -> Self {
        Self { valueless: true, ..Self::new(sql) }
    }

    pub(super) fn patient(sql: impl Into<String>) -> Self {
        Self { bounds: Bounds::Patient, ..Self::new(sql) }
    }

    /// The same, blocking who writes to `table` while `what` goes on: "index i is built".
    pub(super) fn blocking(self, table: &Name, what: &str) -> Self {
        let reason = format!("blocks writes to {table} while {what}");
        self.costing(table, Hazard::BlocksWrites, reason)
    }

    /// The same, writing `table` anew because `why`: "column at gets another type".
    pub(super) fn rewriting(self, table: &Name, why: &str) -> Self {
        let reason = format!("rewrites table {table}: {why}");
        self.costing(table, Hazard::RewritesTable, reason)
    }

    /// The same, which may cut or round what `column` of `table` holds on the way from one type to the other.
    pub(super) fn converting(self, table: &Name, column: &str, (old, new): (&str, &str)) -> Self {
        let reason = format!("may cut or round the values of {column} in {table}: {old} becomes {new}");
        self.costing(table, Hazard::DeletesData, reason)
    }

    /// The same, which fails where a row of `table` has a value in `column` that `what`: "is 'gone'".
    pub(super) fn failing(self, table: &Name, column: &str, what: &str) -> Self {
        let reason = format!("fails where {column} in {table} {what}");
        self.costing(table, Hazard::FailsOnRows, reason)
    }

    fn costing(mut self, table: &Name, hazard: Hazard, reason: String) -> Self {
        self.costs.push(Cost { table: table.clone(), hazard, reason });
        self
    }

    /// The same, taking away only what the plan itself has made.
    pub(super) fn tidying(self) -> Self {
        Self { tidies: true, ..self }
    }

    /// The same in a transaction of its own, if it is not outside of all.
    pub(super) fn apart(self) -> Self {
        let bounds = if self.bounds == Bounds::Patient { Bounds::Patient } else { Bounds::Alone };
        Self { bounds, ..self }
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
