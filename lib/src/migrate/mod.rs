//! Migrations: what is there, what is pending, the plan, and applying it under a lock.
//!
//! A [`Migrator`] works on one session and one [`Folder`]. The order is always the same: read the [`State`], refuse on
//! [`Problem`]s, make a plan, take the lock, read again, apply one transaction per migration. Nothing here takes copies or
//! connects: operations that do are composed of this one.

mod alone;
mod apply;
mod baseline;
mod check;
mod consent;
mod create;
mod failure;
mod folder;
#[cfg(feature = "lint")]
mod lint;
mod lock;
mod patient;
mod plan;
mod problem;
mod remembered;
mod repair;
mod session_settings;
mod source;
mod stake;
mod state;

pub use apply::{Applying, Done, Report};
pub use check::check;
pub use consent::Consent;
pub use create::{Created, create, write};
pub use folder::Folder;
#[cfg(feature = "lint")]
pub use lint::Subject;
pub use lock::{LOCK, lock, unlock};
pub use patient::Patient;
pub use plan::{Goal, MigrationPlan};
pub use problem::{Problem, refuse};
pub use remembered::{Loss, Remembered, RememberedStep};
pub use repair::{Repair, RepairRequest};
pub use source::{Migrates, Source};
pub use stake::{count_rows_at_stake, foretell};
pub use state::{State, Status, environment, foreign_ledgers, refuse_foreign_ledger};

pub use crate::plan::{Finding, Severity};

use std::sync::Arc;
use std::time::Duration;

use crate::config::MigrationsConfig;
use crate::dialect::Version;
use crate::engine::Session;
use crate::error::Result;
use crate::observer::Observer;

/// How migrations are run.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The desired version: nothing above it is applied, and a database above it is an error. `None`: the folder's last.
    pub to: Option<Version>,
    /// How long a statement waits for a lock before the migration steps back and tries again.
    pub lock_timeout: Duration,
    /// How long in all a migration tries again.
    pub lock_patience: Duration,
    /// How long a statement may run; `None` leaves the server's setting.
    pub statement_timeout: Option<Duration>,
    /// How long to wait for another instance that is migrating.
    pub runner_patience: Duration,
    /// Apply pending migrations that are older than the newest applied one.
    pub out_of_order: bool,
    /// This machine's name, for the journal.
    pub host: String,
}

impl Rules {
    /// The rules that `config` sets.
    pub fn new(config: &MigrationsConfig, host: &str) -> Self {
        Self {
            to: config.to.as_deref().filter(|to| *to != "latest").map(Version::new),
            lock_timeout: config.lock_timeout,
            lock_patience: config.lock_patience,
            statement_timeout: config.statement_timeout,
            runner_patience: Duration::from_secs(15 * 60),
            out_of_order: false,
            host: host.to_owned(),
        }
    }
}

/// Migrations of one folder on one session.
pub struct Migrator<'a> {
    session: &'a mut dyn Session,
    folder: &'a Folder,
    rules: &'a Rules,
    observer: Arc<dyn Observer>,
}

impl<'a> Migrator<'a> {
    /// Works on `session` with the files of `folder`.
    pub fn new(
        session: &'a mut dyn Session,
        folder: &'a Folder,
        rules: &'a Rules,
        observer: Arc<dyn Observer>,
    ) -> Self {
        Self { session, folder, rules, observer }
    }

    /// The session, for what is composed around a run.
    pub fn session(&mut self) -> &mut dyn Session {
        self.session
    }

    /// The folder, as the dialect reads it that the ledger turned out to be of.
    pub fn folder(&self) -> &'a Folder {
        self.folder
    }

    /// What the ledger and the folder say now: one query where there is a ledger. Without one, and where the folder looks
    /// like several dialects', the tables in the database tell whose it is.
    ///
    /// # Errors
    /// The ledger cannot be read, is not this dialect's, or another tool's ledger is there instead.
    pub async fn state(&mut self) -> Result<State> {
        let state = State::read(self.session, self.folder, self.rules).await?;
        // Mainstay's tables are made beside another tool's ledger, for the journal: an empty one says nothing.
        if state.has_ledger && (self.folder.lookalikes.is_empty() || !state.applied.is_empty()) {
            return Ok(state);
        }
        let tables = state::foreign_ledgers(self.session).await?;
        if let Some(folder) = self.folder.of_ledger(&tables)? {
            self.folder = folder;
            return State::read(self.session, self.folder, self.rules).await;
        }
        if !state.has_ledger {
            state::refuse_foreign_ledger(&tables, self.folder.dialect.name())?;
            self.folder.refuse_undecided()?;
        }
        Ok(state)
    }

    /// What this folder's own ledger says, whatever ledgers of other tools are in the database.
    ///
    /// # Errors
    /// The ledger cannot be read, or is not as this dialect keeps it.
    pub async fn own_state(&mut self) -> Result<State> {
        State::read(self.session, self.folder, self.rules).await
    }
}
