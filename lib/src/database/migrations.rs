//! Migrations: what there is, what would be done, tried on a clone, done.

use std::sync::Arc;

use super::Database;
#[cfg(feature = "lint")]
use crate::catalog::Scope;
use crate::conn::Target;
use crate::engine::Session;
use crate::error::Result;
use crate::migrate::{
    Created, Folder, Goal, Migrates, MigrationPlan, Migrator, Remembered, Source, State, Status, count_rows_at_stake,
    foretell,
};
use crate::prepare::{self, Migrated};
use crate::rehearse::{self, Prospect, Rehearsal};
use crate::tool::Workshop;
use crate::wrapped;

impl Database {
    /// Its migrations, its own scripts or another program's files; `None` where the project has none.
    ///
    /// # Errors
    /// The folder cannot be read, or a file in it is wrong.
    pub fn migrations(&self) -> Result<Option<Box<dyn Source>>> {
        self.migrations_for(&self.target)
    }

    /// The same for work on another database.
    fn migrations_for(&self, target: &Target) -> Result<Option<Box<dyn Source>>> {
        let workshop = Workshop {
            root: self.root.clone(),
            search_path: self.search_path.clone(),
            target: Some(target.clone()),
            scheme: self.scheme.clone(),
            owner: self.owner().map(str::to_owned),
        };
        wrapped::read(&self.config.migrations, self.embedded.as_deref(), self.target.flavor(), workshop)
    }

    /// Its own scripts, for what only they have; `None` where the project has no migrations.
    ///
    /// # Errors
    /// As [`Database::migrations`]; [`ErrorKind::Usage`](crate::ErrorKind::Usage) where they are another program's.
    pub fn folder(&self) -> Result<Option<Folder>> {
        let Some(source) = self.migrations()? else { return Ok(None) };
        let dialect = source.dialect();
        source.into_folder().map(Some).ok_or_else(|| {
            crate::Error::new(
                crate::ErrorKind::Usage,
                format!("these migrations are {dialect}'s, which keeps its own ledger"),
            )
            .hint("compare ledger and files: mainstay migrate status")
        })
    }

    /// What ledger and folder say, and every migration's line.
    ///
    /// # Errors
    /// The ledger cannot be read, or is another tool's.
    pub async fn migration_state(&self, source: &dyn Source) -> Result<(State, Vec<Status>)> {
        let mut session = self.enter_as_owner().await?;
        let state = self.on(session.as_mut(), source).state().await?;
        session.close().await;
        let lines = source.lines(&state, &self.rules);
        Ok((state, lines))
    }

    /// The version that the ledger has, as `session` sees it; `None` where the project has no migrations.
    #[cfg(feature = "backup")]
    pub(super) async fn ledger_version(&self, session: &mut dyn Session) -> Result<Option<String>> {
        let Some(source) = self.migrations()? else { return Ok(None) };
        let state = source.on(session, &self.rules, Arc::clone(&self.context.observer)).state().await?;
        Ok(state.version().map(ToString::to_string))
    }

    /// What the rules of [`lint`](crate::lint) ask of the database, and for a folder what its ledger says; all of it only read.
    ///
    /// # Errors
    /// It cannot be connected to or read, or the ledger is another tool's.
    #[cfg(feature = "lint")]
    pub async fn lint_facts(&self, folder: Option<&Folder>) -> Result<(crate::lint::Facts, Option<State>)> {
        let mut session = self.connect_as_owner().await?;
        let state = match folder {
            Some(folder) => Some(self.migrator(session.as_mut(), folder).state().await?),
            None => None,
        };
        let catalog = session.catalog(Scope::All).await?;
        let version = session.server().version.split(' ').next().unwrap_or_default().to_owned();
        session.close().await;
        Ok((crate::lint::Facts { catalog, version }, state))
    }

    /// The plan that [`Database::migrate`] would apply now.
    ///
    /// # Errors
    /// Ledger and folder disagree, or there is no way to `goal`.
    pub async fn migration_plan(&self, source: &dyn Source, goal: &Goal) -> Result<MigrationPlan> {
        let mut session = self.enter_as_owner().await?;
        let mut migrator = self.on(session.as_mut(), source);
        let state = migrator.state().await?;
        let mut plan = migrator.plan(&state, goal)?;
        count_rows_at_stake(migrator.session(), &mut plan.plan).await;
        foretell(migrator.session(), &mut plan).await?;
        if let Some(remembered) = Remembered::open(&self.service().memory, &self.target) {
            plan.learn(&remembered);
        }
        drop(migrator);
        session.close().await;
        Ok(plan)
    }

    /// Runs what is pending on a clone of the database, and tells what it locks, rewrites, loses and fails on. The database is
    /// only read.
    ///
    /// # Errors
    /// See [`rehearse::rehearse`]; [`ErrorKind::Config`](crate::ErrorKind::Config) where the project has no migrations.
    pub async fn rehearse(&self, options: rehearse::Options) -> Result<Rehearsal> {
        self.as_subject(async |subject| rehearse::rehearse(subject, options).await).await
    }

    /// What [`Database::rehearse`] would do: what is pending, and how the clone would be made.
    ///
    /// # Errors
    /// As [`Database::rehearse`], as far as that can be known before.
    pub async fn rehearsal_ahead(&self, options: rehearse::Options) -> Result<Prospect> {
        self.as_subject(async |subject| rehearse::ahead(subject, options).await).await
    }

    async fn as_subject<T>(&self, work: impl AsyncFnOnce(&rehearse::Subject<'_>) -> Result<T>) -> Result<T> {
        let source = |target: &Target| {
            self.migrations_for(target)?.ok_or_else(|| {
                crate::Error::new(crate::ErrorKind::Config, "this project has no migrations folder")
                    .hint("mainstay init, or [migrations] dir in mainstay.toml")
            })
        };
        let service = self.service();
        let subject = rehearse::Subject {
            target: &self.target,
            owner: service.owner(),
            rules: &self.rules,
            source: &source,
            memory: &service.memory,
            search_path: &self.search_path,
            temporary: &self.temporary,
            context: &self.context,
        };
        work(&subject).await
    }

    /// Brings the database to `goal` under a lock, with a safety copy first where one is due.
    ///
    /// # Errors
    /// Consent is missing, the copy fails, or a migration does.
    pub async fn migrate(&self, source: &dyn Source, goal: &Goal) -> Result<Migrated> {
        let mut session = self.connect_as_owner().await?;
        let migrated = prepare::safe_migrate(session.as_mut(), source, goal, &self.service()).await;
        session.close().await;
        migrated
    }

    /// Writes a new migration called `name`; `now` is UTC as `YYYYMMDDHHMMSS`. Another program's writes it itself, for which the
    /// database must be up to date.
    ///
    /// # Errors
    /// The name has nothing that can stand in a file name; something is pending; the program fails or writes nothing.
    pub async fn new_migration(&self, source: &dyn Source, name: &str, now: &str) -> Result<Created> {
        if let Some(created) = source.create(name, now) {
            return created;
        }
        let mut session = self.connect_as_owner().await?;
        let created = self.on(session.as_mut(), source).create(name).await;
        session.close().await;
        created
    }

    fn on<'a>(&'a self, session: &'a mut dyn Session, source: &'a dyn Source) -> Box<dyn Migrates + 'a> {
        source.on(session, &self.rules, Arc::clone(&self.context.observer))
    }

    /// A migrator on `session`.
    pub fn migrator<'a>(&'a self, session: &'a mut dyn Session, folder: &'a Folder) -> Migrator<'a> {
        Migrator::new(session, folder, &self.rules, Arc::clone(&self.context.observer))
    }
}
