//! The handle that an embedder holds: one service's database, and what can be asked of it.

mod adoption;
#[cfg(feature = "backup")]
mod backups;
mod besides;
#[cfg(feature = "postgres")]
mod bootstrap;
mod builder;
mod cleanup;
mod connection;
mod console;
#[cfg(all(feature = "backup", feature = "postgres"))]
mod copying;
#[cfg(feature = "data")]
mod data;
#[cfg(feature = "postgres")]
mod examination;
mod found;
mod inspection;
mod migrations;
#[cfg(all(feature = "backup", feature = "postgres"))]
mod restoring;
#[cfg(feature = "postgres")]
mod roles;
#[cfg(feature = "postgres")]
mod tuning;
#[cfg(feature = "backup")]
mod unlocking;

pub use builder::Builder;
#[cfg(all(feature = "backup", feature = "postgres"))]
pub use restoring::Restorable;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::apply;
#[cfg(feature = "postgres")]
use crate::bootstrap::Wish;
use crate::catalog::{Catalog, Scope};
use crate::config::Config;
use crate::conn::Target;
use crate::disk::SourceFile;
use crate::engine::{self, Context};
use crate::error::Result;
use crate::lease::{self, Lease, Standing};
use crate::migrate::{Consent, Rules};
use crate::plan::Plan;
use crate::prepare::{self, Prepared, Safety, Service};
use crate::states::States;
use crate::status::{self, Books, Subject};
#[cfg(feature = "backup")]
use crate::store::Access;

/// Where rehearsals are remembered, beside `mainstay.toml`.
const MEMORY: &str = ".mainstay/rehearsals";

/// One service's database. Made by a [`Builder`]; holds no connection itself.
///
/// ```no_run
/// # async fn start() -> mainstay::Result<()> {
/// let database = mainstay::Database::project(".").vars(std::env::vars()).build()?;
/// let prepared = database.prepare().await?;
/// eprintln!("{} is at version {:?}", prepared.database, prepared.version);
/// let mut session = database.connect().await?;
/// # session.query("SELECT 1").await?;
/// # Ok(())
/// # }
/// ```
pub struct Database {
    target: Target,
    admin: Option<Target>,
    config: Config,
    root: PathBuf,
    environment: Option<String>,
    reads_only: bool,
    embedded: Option<Vec<SourceFile>>,
    /// The scheme of the URL that names the database, with its driver.
    scheme: Option<String>,
    rules: Rules,
    consent: Consent,
    wait: Duration,
    search_path: String,
    temporary: PathBuf,
    #[cfg(feature = "backup")]
    access: Access,
    context: Context,
    #[cfg(feature = "postgres")]
    wish: Option<Wish>,
    #[cfg(feature = "postgres")]
    asking: tokio::sync::Mutex<()>,
}

impl Database {
    /// A database of the project in `root`, the folder of `mainstay.toml` (or one without).
    pub fn project(root: impl Into<PathBuf>) -> Builder {
        Builder::new(root.into())
    }

    /// The database at `url`, a libpq URL or keyword string, or `sqlite:PATH`; no `mainstay.toml` is read.
    pub fn url(url: impl Into<String>) -> Builder {
        Builder::new(PathBuf::from(".")).only_url(url.into())
    }

    /// Where it is.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The connection for bootstrap, where one is configured.
    pub fn admin(&self) -> Option<&Target> {
        self.admin.as_ref()
    }

    /// `development`, `staging` or `production`, where the configuration says so.
    pub fn environment(&self) -> Option<&str> {
        self.environment.as_deref()
    }

    /// How migrations are run.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The observer, dialler and session name that its sessions get.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// What bootstrap makes; `None` for SQLite.
    #[cfg(feature = "postgres")]
    pub fn wish(&self) -> Option<&Wish> {
        self.wish.as_ref()
    }

    /// Makes it ready: waits for the server, creates what is missing, takes a safety copy when there is something to lose and
    /// something to apply, migrates, verifies. Safe at every start and from every instance at once.
    ///
    /// # Errors
    /// Whatever stops it, with the database at the last good migration.
    pub async fn prepare(&self) -> Result<Prepared> {
        match prepare::prepare(&self.service(), self.wait, || self.migrations()).await {
            Err(error) => Err(self.explained(error).await),
            prepared => prepared,
        }
    }

    /// [`Database::prepare`] for a program without an asynchronous runtime.
    ///
    /// # Errors
    /// As [`Database::prepare`], or no runtime can be made.
    pub fn prepare_blocking(&self) -> Result<Prepared> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
            crate::Error::new(crate::ErrorKind::Io, "cannot start the asynchronous runtime").source(error)
        })?;
        runtime.block_on(self.prepare())
    }

    /// What [`Database::prepare`] would do, as plans: bootstrap's where something is missing, and the migrations'.
    ///
    /// # Errors
    /// It cannot be connected to, or ledger and folder disagree.
    pub async fn prepare_plans(&self) -> Result<Vec<Plan>> {
        let source = self.migrations()?;
        prepare::plans(&self.service(), self.wait, source.as_deref()).await
    }

    #[cfg(feature = "postgres")]
    fn owner(&self) -> Option<&str> {
        self.wish.as_ref().map(|wish| wish.owner.as_str())
    }

    #[cfg(not(feature = "postgres"))]
    fn owner(&self) -> Option<&str> {
        None
    }

    /// Applies `plan`, one from a schema to another that was made for this database as it is now, with a safety copy first where
    /// rows are to be lost.
    ///
    /// # Errors
    /// See [`apply::apply`].
    pub async fn apply_schema(&self, plan: &Plan) -> Result<apply::Applied> {
        let mut session = self.connect_as_owner().await?;
        let applied = apply::apply(session.as_mut(), plan, &self.service()).await;
        session.close().await;
        applied
    }

    /// What `plan`, one from a schema to another, would do to this database, which is only read.
    ///
    /// # Errors
    /// See [`apply::preview`].
    pub async fn preview_schema(&self, plan: &Plan) -> Result<Plan> {
        let mut session = self.connect_as_owner().await?;
        let preview = apply::preview(session.as_mut(), plan).await;
        session.close().await;
        preview
    }

    /// Takes the lease `name`, on a session of its own.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`](crate::ErrorKind::Locked) when another has it, naming holder, host and since when.
    pub async fn lease(&self, name: &str, options: &lease::Options) -> Result<Lease> {
        Lease::acquire(self.connect_as_owner().await?, name, options, &self.context.observer).await
    }

    /// Every lease that this database has had, and who holds it.
    ///
    /// # Errors
    /// It cannot be connected to, or its leases cannot be read.
    pub async fn leases(&self) -> Result<Vec<Standing>> {
        let mut session = self.connect_as_owner().await?;
        let standings = lease::standings(session.as_mut()).await;
        session.close().await;
        standings
    }

    /// How it is, for one screen; whatever is wrong with it, as long as it can be connected to.
    ///
    /// # Errors
    /// It cannot be connected to.
    pub async fn status(&self) -> Result<status::Status> {
        let mut session = self.enter().await?;
        #[cfg(feature = "backup")]
        let backups = self.newest_backups().await;
        let copies_in = self.copies_in();
        let mut status = status::survey(session.as_mut(), &self.subject(&copies_in)).await?;
        #[cfg(feature = "backup")]
        {
            status.backups = backups;
        }
        let books = match engine::act_as(session.as_mut(), self.service().owner()).await {
            Ok(()) => Books::read(session.as_mut(), self.migrations(), &self.rules, &self.context).await?,
            Err(error) => Books::closed(&error),
        };
        session.close().await;
        status.complete(books);
        Ok(status)
    }

    /// What the database is made of, as far as `scope` goes.
    ///
    /// # Errors
    /// It cannot be connected to or read.
    pub async fn catalog(&self, scope: Scope) -> Result<Catalog> {
        let mut session = self.connect().await?;
        let catalog = session.catalog(scope).await?;
        session.close().await;
        Ok(catalog)
    }

    fn states(&self) -> States {
        States {
            home: Some(self.target.clone()),
            flavor: self.target.flavor(),
            owner: self.config.database.owner.clone(),
            migrations: self.root.join(&self.config.migrations.dir),
            dialect: self.config.migrations.dialect.clone(),
            rules: self.rules.clone(),
            search_path: self.search_path.clone(),
            temporary: self.temporary.clone(),
            context: self.context.clone(),
        }
    }

    /// Where safety copies are that are no backups.
    fn copies_in(&self) -> PathBuf {
        let place = self.config.backup.place();
        self.root.join(if place.contains("://") { "backups" } else { place })
    }

    fn subject<'a>(&'a self, copies_in: &'a Path) -> Subject<'a> {
        Subject {
            target: &self.target,
            #[cfg(feature = "postgres")]
            wish: self.wish.as_ref(),
            service: self.config.service.name.as_deref(),
            environment: self.environment(),
            copies_in,
            context: &self.context,
        }
    }

    fn service(&self) -> Service<'_> {
        Service {
            target: &self.target,
            admin: self.admin.as_ref(),
            #[cfg(feature = "postgres")]
            wish: self.wish.as_ref(),
            rules: &self.rules,
            consent: &self.consent,
            safety: Safety {
                rule: self.config.migrations.backup,
                folder: self.copies_in(),
                keep: self.config.backup.copies,
                search_path: &self.search_path,
                encrypted: !self.config.backup.encrypt.is_empty(),
                #[cfg(feature = "backup")]
                backups: (self.config.backup.to.is_some() || !self.config.backup.encrypt.is_empty()).then_some(self),
            },
            memory: self.root.join(MEMORY),
            context: &self.context,
            environment: self.environment.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_send<T: Send>(_: &T) {}

    /// An embedder may spawn it on a runtime with several threads.
    #[test]
    fn preparing_is_send() {
        let Ok(database) = Database::url("sqlite:never-opened.sqlite3").build() else { return };
        is_send(&database.prepare());
    }
}
