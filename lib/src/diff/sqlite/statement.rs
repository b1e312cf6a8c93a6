//! Statements with what they risk.

use crate::catalog::ObjectId;
use crate::plan::{Hazard, Risk, risks};
use crate::sql::Flavor;

/// One statement of a plan.
#[derive(Clone)]
pub(super) struct Statement {
    pub sql: String,
    risks: Vec<Risk>,
}

impl Statement {
    /// A statement that risks what its text says.
    pub(super) fn new(sql: impl Into<String>) -> Self {
        let sql = sql.into();
        let risks = risks(&sql, Flavor::Sqlite, 0);
        Self { sql, risks }
    }

    /// A statement whose text says more than it does: what it drops has been copied.
    pub(super) fn harmless(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), risks: Vec::new() }
    }

    /// The same, and it risks this too, of the rows of `table`, named as SQL.
    pub(super) fn risking(mut self, hazard: Hazard, reason: String, table: Option<&str>) -> Self {
        let tables = table.map(str::to_owned).into_iter().collect();
        self.risks.push(Risk {
            hazard,
            reason,
            tables,
            rows: None,
            rehearsed: None,
            statement: 0,
            allowed: false,
            place: None,
        });
        self
    }
}

/// All that is to be done, in order, and to what.
#[derive(Default)]
pub(super) struct Work {
    pub objects: Vec<ObjectId>,
    pub statements: Vec<String>,
    pub risks: Vec<Risk>,
}

impl Work {
    /// Adds what is done to `object`.
    pub(super) fn add(&mut self, object: ObjectId, statements: impl IntoIterator<Item = Statement>) {
        for statement in statements {
            self.put(statement);
            if !self.objects.contains(&object) {
                self.objects.push(object.clone());
            }
        }
    }

    /// Adds what is done to nothing in particular.
    pub(super) fn put(&mut self, statement: Statement) {
        let at = self.statements.len();
        self.risks.extend(statement.risks.into_iter().map(|risk| Risk { statement: at, ..risk }));
        self.statements.push(statement.sql);
    }
}
