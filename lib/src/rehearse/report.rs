//! What a rehearsal has found, as data.

use serde::Serialize;

use crate::catalog::Name;
use crate::dialect::Version;
use crate::error::{Error, Place, SqlError};
use crate::plan::{LockMode, Plan};
use crate::trace::Traced;

use super::{Change, Cloned, LostColumn};

/// What a rehearsal has found.
#[derive(Clone, Debug, Serialize)]
pub struct Rehearsal {
    /// The clone; `None` where nothing was to be rehearsed.
    pub clone: Option<Cloned>,
    /// Every migration that was run on it, in order; the last one may have failed.
    pub migrations: Vec<Rehearsed>,
    /// How many are pending.
    pub of: usize,
    /// Tables whose rows were not counted: they are too many, or may not be read.
    pub uncounted: Vec<Name>,
    /// The plan, with the hazards that the rehearsal has found beside those that its text tells; secrets are replaced in it.
    pub plan: Plan,
}

impl Rehearsal {
    /// Every migration succeeded, and no constraint waits for rows that break it.
    pub fn is_good(&self) -> bool {
        self.failure().is_none() && self.migrations.iter().all(|one| one.broken.is_empty())
    }

    /// The failure that ended it, and the migration's title.
    pub fn failure(&self) -> Option<(&str, &Failure)> {
        self.migrations.iter().find_map(|one| Some((one.title.as_str(), one.failure.as_ref()?)))
    }

    /// Whether anything in it is worth a look before the real run.
    pub fn has_findings(&self) -> bool {
        !self.is_good() || self.plan.risks().next().is_some()
    }
}

/// One migration, or one call of another tool's runner, on the clone.
#[derive(Clone, Debug, Serialize)]
pub struct Rehearsed {
    /// What was done: `apply 20261120135220_add_devices`.
    pub title: String,
    /// The versions that it brought.
    pub versions: Vec<Version>,
    /// How long its statements took, in seconds, looks apart.
    pub seconds: f64,
    /// Its statements that were run; empty where another tool ran them.
    pub statements: Vec<Ran>,
    /// The strongest lock on each table, view or materialised view that was there before it.
    pub locks: Vec<Held>,
    /// Tables and materialised views that were written anew.
    pub rewritten: Vec<Rewritten>,
    /// Some locks were seen by polling only: a short one may be missing.
    pub polled: bool,
    /// Tables that it made or dropped, or whose rows are more or fewer.
    pub rows: Vec<Change>,
    /// Columns that are gone from tables with rows.
    pub lost_columns: Vec<LostColumn>,
    /// Constraints that it made NOT VALID and that rows break: `VALIDATE CONSTRAINT` will fail.
    pub broken: Vec<Offence>,
    /// Why it failed, where it did.
    pub failure: Option<Failure>,
}

/// One statement on the clone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ran {
    /// Its place among the statements of its migration, from 0.
    pub statement: usize,
    /// Its text, secrets replaced.
    pub text: String,
    /// Where it is.
    pub place: Option<Place>,
    /// What it did; locks and scans of tables, views and materialised views.
    #[serde(flatten)]
    pub traced: Traced,
    /// How long its locks were held: to the end of its transaction, in seconds.
    pub held: f64,
}

/// A lock as production will feel it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Held {
    /// The table, view or materialised view, as it was called before the statement.
    pub table: Name,
    /// How strongly it was locked at most.
    pub mode: LockMode,
    /// What waits for it: `nothing`, `writes`, `reads and writes`.
    pub blocks: String,
    /// How long that lock was held to the end of its transaction, in seconds.
    pub seconds: f64,
    /// The statement that took it, from 0; `None` where another tool ran it.
    pub statement: Option<usize>,
}

/// A table that was written anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rewritten {
    /// The table or materialised view.
    pub table: Name,
    /// Its bytes on disk before, indexes too.
    pub bytes: Option<u64>,
    /// The statement that did it, from 0; `None` where another tool ran it.
    pub statement: Option<usize>,
}

/// Rows that break a constraint or cannot become another type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offence {
    /// The table that they are in.
    pub table: Name,
    /// What they break: `unique (name)`, `not null (name)`, `CHECK (n > 0)`.
    pub breaks: String,
    /// How many they are.
    pub rows: u64,
    /// There may be more: not all rows were tried.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub at_least: bool,
    /// A few of them by their keys, a line each.
    pub examples: Vec<String>,
}

/// Why a migration failed on the clone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failure {
    /// The error's sentence.
    pub message: String,
    /// The statement that failed, where it is known.
    pub statement: Option<Broken>,
    /// What the server said.
    pub sql: Option<SqlError>,
    /// Where the statement is.
    pub place: Option<Place>,
    /// What caused it, outermost first.
    pub causes: Vec<String>,
    /// The rows that it failed on, where they could be found.
    pub offence: Option<Offence>,
}

/// A statement that failed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Broken {
    /// Its place among the statements of its migration, from 0.
    pub statement: usize,
    /// Its text, secrets replaced.
    pub text: String,
    /// How long it ran until it failed, in seconds.
    pub seconds: f64,
}

impl Failure {
    pub(super) fn of(error: &Error, statement: Option<Broken>, offence: Option<Offence>) -> Self {
        Self {
            message: error.message().to_owned(),
            statement,
            sql: error.sql().cloned(),
            place: error.place().cloned(),
            causes: error.causes(),
            offence,
        }
    }
}
