//! Where a service's migrations come from, and who runs them: our own scripts are one kind, another program's files the other.
//! What is composed around a run (waiting, consent, copies, reporting) sees no difference.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use crate::engine::Session;
use crate::error::Result;
use crate::observer::Observer;
use crate::plan::Finding;

use super::plan::plan;
use super::{Created, Folder, Goal, MigrationPlan, Migrator, Report, Rules, State, Status, check, create};

/// A service's migrations.
pub trait Source: Send + Sync {
    /// How they are laid out: a name of `[migrations] dialect`.
    fn dialect(&self) -> &'static str;

    /// Where they lie.
    fn path(&self) -> &Path;

    /// The dialects that they may be of, likeliest first: more than one where layouts look alike and the ledger tells.
    fn candidates(&self) -> Vec<&'static str> {
        vec![self.dialect()]
    }

    /// How many there are.
    fn count(&self) -> usize;

    /// What can be said of them without a database.
    fn check(&self) -> Vec<Finding>;

    /// Every migration of files and ledger with its state.
    fn lines(&self, state: &State, rules: &Rules) -> Vec<Status>;

    /// Writes the files of a new one, `now` being `YYYYMMDDHHMMSS` in UTC. `None`: that needs the database, and is
    /// [`Migrates::create`]'s.
    ///
    /// # Errors
    /// See [`create`].
    fn create(&self, name: &str, now: &str) -> Option<Result<Created>>;

    /// What will be applied to `database` once it is made: all of them, up to the desired version of `rules`.
    ///
    /// # Errors
    /// As [`Migrates::plan`].
    fn first_plan(&self, rules: &Rules, database: &str) -> Result<MigrationPlan>;

    /// Our own scripts, where it is those.
    fn into_folder(self: Box<Self>) -> Option<Folder>;

    /// Whoever works with them on `session`.
    fn on<'a>(
        &'a self,
        session: &'a mut dyn Session,
        rules: &'a Rules,
        observer: Arc<dyn Observer>,
    ) -> Box<dyn Migrates + 'a>;
}

/// Whoever brings one database to a goal: a [`Migrator`], or another program's runner. The order is always the same: state,
/// plan, lock, state again, apply.
#[async_trait]
pub trait Migrates: Send {
    /// The session, for what is composed around a run.
    fn session(&mut self) -> &mut dyn Session;

    /// What ledger and files say now.
    ///
    /// # Errors
    /// The ledger cannot be read, or is not what the dialect keeps.
    async fn state(&mut self) -> Result<State>;

    /// The way from `state` to `goal`.
    ///
    /// # Errors
    /// There is none, or ledger and files disagree.
    fn plan(&self, state: &State, goal: &Goal) -> Result<MigrationPlan>;

    /// Whether what `plan` needs beside the database is there: asked before anything is copied or changed.
    ///
    /// # Errors
    /// A program that it runs is not on this machine.
    fn ready(&self, _: &MigrationPlan) -> Result<()> {
        Ok(())
    }

    /// Takes the lock that migrating instances share.
    ///
    /// # Errors
    /// Another instance has held it for too long.
    async fn lock(&mut self) -> Result<()>;

    /// Gives it back.
    async fn unlock(&mut self);

    /// Applies `plan` under the lock; one made for another state is refused.
    ///
    /// # Errors
    /// It failed, and the hints say where the database stands.
    async fn apply(&mut self, plan: &MigrationPlan) -> Result<Report>;

    /// Writes a new migration where that needs the database.
    ///
    /// # Errors
    /// Something is pending, or the program that writes it failed.
    async fn create(&mut self, name: &str) -> Result<Created>;
}

impl Source for Folder {
    fn dialect(&self) -> &'static str {
        self.dialect.name()
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn candidates(&self) -> Vec<&'static str> {
        Folder::candidates(self)
    }

    fn count(&self) -> usize {
        self.migrations.len()
    }

    fn check(&self) -> Vec<Finding> {
        check(self)
    }

    fn lines(&self, state: &State, rules: &Rules) -> Vec<Status> {
        state.lines(self, rules)
    }

    fn create(&self, name: &str, now: &str) -> Option<Result<Created>> {
        Some(create(self, name, now))
    }

    fn first_plan(&self, rules: &Rules, database: &str) -> Result<MigrationPlan> {
        self.refuse_undecided()?;
        plan(self, rules, database, &State::of_new(self, rules), &Goal::Up)
    }

    fn into_folder(self: Box<Self>) -> Option<Folder> {
        Some(*self)
    }

    fn on<'a>(
        &'a self,
        session: &'a mut dyn Session,
        rules: &'a Rules,
        observer: Arc<dyn Observer>,
    ) -> Box<dyn Migrates + 'a> {
        Box::new(Migrator::new(session, self, rules, observer))
    }
}

#[async_trait]
impl Migrates for Migrator<'_> {
    fn session(&mut self) -> &mut dyn Session {
        Migrator::session(self)
    }

    async fn state(&mut self) -> Result<State> {
        Migrator::state(self).await
    }

    fn plan(&self, state: &State, goal: &Goal) -> Result<MigrationPlan> {
        Migrator::plan(self, state, goal)
    }

    async fn lock(&mut self) -> Result<()> {
        Migrator::lock(self).await
    }

    async fn unlock(&mut self) {
        Migrator::unlock(self).await;
    }

    async fn apply(&mut self, plan: &MigrationPlan) -> Result<Report> {
        Migrator::apply(self, plan).await
    }

    async fn create(&mut self, name: &str) -> Result<Created> {
        let now = jiff::Timestamp::now().strftime("%Y%m%d%H%M%S").to_string();
        create(self.folder, name, &now)
    }
}
