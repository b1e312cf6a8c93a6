//! A plan is data: ordered steps with their hazards, timeouts, and the hash of the state they assume.
//! Printing it and applying it are somebody else's work.

mod drops;
mod effect;
mod finding;
mod hazard;
mod inspect;
mod lock;
mod render;
pub(crate) mod words;

pub use effect::{Effect, Work};
pub use finding::{Finding, Severity};
pub use hazard::{Hazard, ROWS_COUNTED, Risk, risks};
pub use lock::{Blocks, LockMode};

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sql::redact;

/// What kind of change a plan makes; the kind decides which state its hash covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanKind {
    /// Roles, database, extensions, grants.
    Bootstrap,
    /// One role and its grants: the hash covers what it has, and what everybody has.
    Roles,
    /// Migrations up or down: the hash covers the ledger and the files.
    Migrate,
    /// From one schema to another: the hash covers the catalog.
    Schema,
    /// Migrations that the database has had by other means are recorded: the hash covers the ledger, the files and the other
    /// tool's ledger.
    Adopt,
    /// A copy of the data.
    Backup,
    /// Old rows are deleted by a policy: the hash covers the policy and the tables that it touches, not their rows.
    Cleanup,
    /// A server's settings: the hash covers those that depend on the machine.
    Tune,
    /// A cluster becomes one of a newer major version: the hash covers its own number, both versions and the method.
    Upgrade,
}

/// Ordered steps and the state that they were made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What kind of change this is.
    pub kind: PlanKind,
    /// The database concerned, by name, for the reader.
    pub database: String,
    /// Hash of the state that the plan assumes; applying refuses if it has changed.
    pub state: String,
    /// What will be done, in order. Empty: nothing to do.
    pub steps: Vec<Step>,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What a progress line says, "create role walt".
    pub title: String,
    /// What is done.
    pub action: Action,
    /// The named risks of this step.
    pub risks: Vec<Risk>,
    /// What its statements lock, scan and rewrite, as far as somebody has looked: in order of statements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum Action {
    /// Statements sent to the server.
    Sql(SqlStep),
    /// An external program, without secrets in its arguments.
    Program {
        /// Program name or path.
        program: String,
        /// Its arguments.
        args: Vec<String>,
        /// What it does, a phrase each: "applies 1975ea83b712_accounts".
        does: Vec<String>,
    },
    /// A copy of a database's data.
    Copy {
        /// The folder or file that the copy goes to.
        to: PathBuf,
    },
    /// A file or database gets another name.
    Move {
        /// Name now.
        from: String,
        /// Name then.
        to: String,
    },
}

/// Statements of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlStep {
    /// The database to be connected to, where it is not the plan's own.
    pub database: Option<String>,
    /// All or nothing?
    pub transaction: bool,
    /// SQLite's foreign keys are not enforced meanwhile: whoever runs it switches them off before the transaction begins, which
    /// is the only time for it, looks before COMMIT that none is broken, and switches them on again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_foreign_keys: bool,
    /// How long a statement may wait for a lock; `None` leaves the server's setting.
    #[serde(serialize_with = "millis", deserialize_with = "from_millis")]
    pub lock_timeout: Option<Duration>,
    /// How long a statement may run; `None` leaves the server's setting.
    #[serde(serialize_with = "millis", deserialize_with = "from_millis")]
    pub statement_timeout: Option<Duration>,
    /// The statements, without semicolons; secrets are replaced when printed, but in a schema's plan as SQL.
    pub statements: Vec<String>,
}

impl Step {
    /// A step of which no risk is known.
    pub fn new(title: impl Into<String>, action: Action) -> Self {
        Self { title: title.into(), action, risks: Vec::new(), effects: Vec::new() }
    }
}

impl SqlStep {
    /// One transaction in the plan's own database, under the server's own timeouts.
    pub fn new(statements: Vec<String>) -> Self {
        Self {
            database: None,
            transaction: true,
            without_foreign_keys: false,
            lock_timeout: None,
            statement_timeout: None,
            statements,
        }
    }
}

fn millis<S: serde::Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => serializer.serialize_some(&(duration.as_millis() as u64)),
        None => serializer.serialize_none(),
    }
}

fn from_millis<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
}

impl Plan {
    /// Nothing to do?
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The same to look at: secrets in its statements are replaced, so that it is none to be applied.
    pub fn redacted(&self) -> Self {
        let mut plan = self.clone();
        for step in &mut plan.steps {
            if let Action::Sql(sql) = &mut step.action {
                sql.statements.iter_mut().for_each(|statement| *statement = redact(statement));
            }
        }
        plan
    }

    /// Marks the risks of these hazards as allowed.
    pub fn allow(&mut self, hazards: &[Hazard]) {
        for risk in self.steps.iter_mut().flat_map(|step| &mut step.risks) {
            risk.allowed |= hazards.contains(&risk.hazard);
        }
    }

    /// The risks that need consent and have none yet, with the step's title.
    pub fn unallowed(&self) -> impl Iterator<Item = (&str, &Risk)> {
        self.risks().filter(|(_, risk)| risk.hazard.needs_consent() && !risk.allowed)
    }

    /// Every risk of every step, with the step's title.
    pub fn risks(&self) -> impl Iterator<Item = (&str, &Risk)> {
        self.steps.iter().flat_map(|step| step.risks.iter().map(|risk| (step.title.as_str(), risk)))
    }
}
