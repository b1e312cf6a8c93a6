//! Applying a plan: one flight per migration, retried when a lock is not to be had.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::dialect::{AppliedState, Direction, Migration, Version};
use crate::engine::{Flight, FlightError};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::{self, Entry};
use crate::observer::Event;
use crate::plan::{Action, SqlStep};
use crate::sql::{Statement, ident};

use super::session_settings::{SessionSettings, change_role};
use super::state::find;
use super::{MigrationPlan, Migrator, Patient, failure};

/// A migration that was applied or undone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Done {
    /// Its version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// How long it took, in seconds; `None` where another program did it, which does not say.
    pub seconds: Option<f64>,
}

/// What a run did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Up or down.
    pub direction: Direction,
    /// What was applied or undone, in order.
    pub done: Vec<Done>,
    /// The database's version afterwards; `None`: none.
    pub version: Option<Version>,
}

/// A run in progress: what it has done so far, and what the session has been told.
#[derive(Default)]
pub struct Applying {
    done: Vec<Done>,
    pub(super) settings: SessionSettings,
}

impl Migrator<'_> {
    /// Applies `plan` under the lock, which the caller holds. The state is read again first: a plan made for another one is
    /// refused.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: the state has changed since the plan was made. Otherwise the failed statement's error with its
    /// place; the database is then at the last migration that succeeded, and the hints say which.
    pub async fn apply(&mut self, plan: &MigrationPlan) -> Result<Report> {
        let state = self.state().await?;
        if state.hash != plan.plan.state {
            return Err(Error::new(
                ErrorKind::Refused,
                "the ledger or the files have changed since this plan was made",
            )
            .hint("make it again: mainstay migrate plan"));
        }
        let started = Instant::now();
        let mut applying = Applying::default();
        let result = self.apply_all(plan, &state, &mut applying).await;
        let note = self.write_down(plan, &applying, started.elapsed(), result.as_ref().err()).await;
        result?;
        note?;
        let state = self.state().await?;
        self.check_ledger(&state, plan.direction, &applying.done)?;
        Ok(Report { direction: plan.direction, done: applying.done, version: state.version().cloned() })
    }

    /// A script can write to the ledger as to any table: what was done must stand there when all is over.
    fn check_ledger(&self, state: &super::State, direction: Direction, done: &[Done]) -> Result<()> {
        let stands = |done: &&Done| {
            let row = find(&state.applied, &done.version);
            row.is_some_and(|row| row.state == AppliedState::Done) == (direction == Direction::Up)
        };
        let Some(lost) = done.iter().find(|done| !stands(done)) else { return Ok(()) };
        let what = if direction == Direction::Up { "was applied, but is not" } else { "was undone, but is still" };
        let message = format!("{}_{} {what} in the ledger: a script has changed it", lost.version, lost.name);
        Err(Error::new(ErrorKind::Verification, message)
            .hint("take what touches Mainstay's own tables out of the scripts")
            .hint("compare folder and database: mainstay migrate status"))
    }

    async fn apply_all(&mut self, plan: &MigrationPlan, state: &super::State, applying: &mut Applying) -> Result<()> {
        if !state.has_ledger && plan.direction == Direction::Up {
            let create = self.folder.dialect.create_ledger(&self.folder.migrations, self.folder.flavor);
            let flight = Flight { lead: &create, ..Flight::default() };
            self.session.fly(flight).await.map_err(failure::ledger)?;
        }
        for (step, version) in plan.plan.steps.iter().zip(&plan.versions) {
            let folder = self.folder;
            let (Some(migration), Action::Sql(sql)) = (folder.find(version), &step.action) else { continue };
            self.observer.event(Event::StepStarted { title: &step.title });
            let started = Instant::now();
            let recorded =
                find(&state.applied, version).filter(|row| row.version.as_str() != migration.version.as_str());
            let respelled = recorded.map(|row| migration.spelled(&row.version));
            let migration = respelled.as_ref().unwrap_or(migration);
            let result = if sql.transaction {
                self.apply_one(migration, plan.direction, sql, applying).await
            } else {
                self.apply_alone(migration, plan.direction, sql, state, applying).await
            };
            if let Err(error) = result {
                let error = match error.sqlstate() {
                    Some("55P03") => error.hint(format!("the lock is held by {}", self.patient().in_the_way().await)),
                    _ => error,
                };
                let good = self.state().await.ok().map(|state| state.version().cloned());
                return Err(failure::say_where_we_stand(error, migration, plan.direction, good));
            }
            let took = started.elapsed();
            self.observer.event(Event::StepDone { title: &step.title, took });
            applying.done.push(Done {
                version: migration.version.clone(),
                name: migration.name.clone(),
                seconds: Some(took.as_secs_f64()),
            });
        }
        Ok(())
    }

    /// One migration as one flight; again with a pause where a lock timed out, since nothing of it has happened then.
    async fn apply_one(
        &mut self,
        migration: &Migration,
        direction: Direction,
        step: &SqlStep,
        applying: &mut Applying,
    ) -> Result<()> {
        let folder = self.folder;
        let Some(script) = migration.script(direction) else { return Ok(()) };
        let statements = script.statements(folder.flavor);
        let record = folder.dialect.record(migration, &folder.migrations, direction, folder.flavor);
        let role = self.role_before(&statements).await?;
        for setting in applying.settings.before(step, folder.flavor) {
            self.session.query(&setting).await?;
        }
        let flight = Flight {
            lead: &record.lead,
            statements: &statements,
            trail: &record.trail,
            guard: record.guard.as_ref(),
            without_foreign_keys: step.without_foreign_keys,
            ..Flight::default()
        };
        match self.patient().fly(flight).await {
            Ok(()) => {}
            Err(FlightError::Statement(index, error)) => {
                return Err(failure::statement(folder, migration, script, &statements, index, error));
            }
            Err(FlightError::Own(error)) => return Err(failure::own(migration, error)),
            Err(FlightError::Guard(found)) => return Err(failure::guard(migration, script, &record, found)),
        }
        for reset in applying.settings.after(&statements, folder.flavor).into_iter().chain(role) {
            self.session.query(&reset).await?;
        }
        Ok(())
    }

    /// The statements that make the session act again as the role that it acts as now; none where `statements` leave it that.
    pub(super) async fn role_before(&mut self, statements: &[Statement<'_>]) -> Result<Vec<String>> {
        if !change_role(statements, self.folder.flavor) {
            return Ok(Vec::new());
        }
        let rows = self.session.query("SELECT current_setting('role')").await?;
        let role = rows.into_iter().next().and_then(|row| row.into_iter().next().flatten()).unwrap_or_default();
        let role = if role == "none" { role } else { ident(&role) };
        Ok(vec!["RESET SESSION AUTHORIZATION".to_owned(), format!("SET ROLE {role}")])
    }

    /// The session, for statements that wait for locks.
    pub(super) fn patient(&mut self) -> Patient<'_> {
        Patient::new(self.session, self.rules.lock_patience, &self.observer)
    }

    /// What remembers the checksums of `done` where the dialect's ledger does not.
    fn checksums(&self, done: &[Done]) -> Vec<String> {
        if !self.folder.dialect.checksums_are_settings() {
            return Vec::new();
        }
        let checksum = |done: &Done| self.folder.find(&done.version)?.checksum.clone();
        let remember =
            |done: &Done| Some(ledger::remember_checksum(self.folder.flavor, done.version.as_str(), &checksum(done)?));
        done.iter().filter_map(remember).collect()
    }

    /// Durations, checksums and the journal's line, in one message.
    async fn write_down(
        &mut self,
        plan: &MigrationPlan,
        applying: &Applying,
        took: Duration,
        error: Option<&Error>,
    ) -> Result<()> {
        if error.is_some_and(|error| error.kind() == ErrorKind::ConnectionLost) {
            return Ok(());
        }
        let flavor = self.folder.flavor;
        let action = if plan.direction == Direction::Up { "migrate up" } else { "migrate down" };
        let versions: Vec<&str> = applying.done.iter().map(|done| done.version.as_str()).collect();
        let entry = Entry {
            action: action.to_owned(),
            detail: versions.join(" "),
            host: self.rules.host.clone(),
            seconds: took.as_secs_f64(),
            result: error.map_or_else(|| "ok".to_owned(), |error| error.message().to_owned()),
        };
        let mut statements = ledger::create(flavor);
        if plan.direction == Direction::Up {
            let took: Vec<(Version, f64)> =
                applying.done.iter().filter_map(|done| Some((done.version.clone(), done.seconds?))).collect();
            statements.extend(self.folder.dialect.durations(&took, flavor));
            statements.extend(self.checksums(&applying.done));
        }
        statements.push(ledger::journal_insert(flavor, &entry));
        let flight = Flight { lead: &statements, ..Flight::default() };
        self.session.fly(flight).await.map_err(failure::ledger)
    }
}
