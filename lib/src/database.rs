//! The handle that an embedder holds: one service's database, and what can be asked of it.

mod builder;

pub use builder::Builder;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::adopt::{self, Adoption, Grounds, Position, Proof};
use crate::apply;
#[cfg(feature = "postgres")]
use crate::bootstrap::{self, Wish};
use crate::catalog::{Catalog, Scope};
use crate::config::Config;
use crate::conn::Target;
use crate::console::{self, Console, Script};
use crate::disk::SourceFile;
use crate::engine::{self, Context, Session};
#[cfg(feature = "postgres")]
use crate::error::ErrorClass;
use crate::error::Result;
use crate::lease::{self, Lease, Standing};
use crate::migrate::{
    Consent, Created, Folder, Goal, Migrates, MigrationPlan, Migrator, Remembered, Rules, Source, State, Status,
    count_rows_at_stake, foretell,
};
use crate::plan::Plan;
use crate::prepare::{self, Migrated, Prepared, Safety, Service};
use crate::rehearse::{self, Rehearsal};
use crate::states::States;
use crate::status::{self, Books, Subject};
use crate::tool::Workshop;
use crate::wrapped;

/// Without a server to ask, statements are written for one of today: 18.
#[cfg(feature = "postgres")]
const NEWEST_SERVER: u32 = 180_000;

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
    embedded: Option<Vec<SourceFile>>,
    /// The scheme of the URL that names the database, with its driver.
    scheme: Option<String>,
    rules: Rules,
    consent: Consent,
    wait: Duration,
    search_path: String,
    temporary: PathBuf,
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

    /// A session as the configured role, waiting for nothing.
    ///
    /// # Errors
    /// See [`engine::connect`].
    pub async fn connect(&self) -> Result<Box<dyn Session>> {
        match engine::connect(&self.target, &self.context).await {
            Err(error) => Err(self.explained(error).await),
            connected => connected,
        }
    }

    /// A console as the configured role; the project's readers are added to those of `options`.
    ///
    /// # Errors
    /// See [`Console::open`].
    pub async fn console(&self, options: &console::Options) -> Result<Console> {
        self.console_at(&self.target, options).await
    }

    /// [`Database::console`] on another database: one of the same server, commonly.
    ///
    /// # Errors
    /// See [`Console::open`].
    pub async fn console_at(&self, target: &Target, options: &console::Options) -> Result<Console> {
        let readers = options.readers.iter().chain(&self.config.database.readers).cloned().collect();
        Console::open(target, &self.context, &console::Options { readers, ..options.clone() }).await
    }

    /// Is it a production database, by its environment or by its own mark?
    pub async fn is_production(&self, console: &mut Console) -> bool {
        self.environment() == Some("production") || console.is_production().await
    }

    /// Checks `scripts` before a console that may write runs them: what deletes data in production needs the database's name.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) without the name; a script does not split into statements.
    pub async fn consent_to(&self, scripts: &[Script], console: &mut Console) -> Result<()> {
        if !self.is_production(console).await {
            return Ok(());
        }
        let name = console.server().database.clone();
        console::check_consent(scripts, console.flavor(), &name, self.consent.confirm.as_deref())
    }

    /// A client of the PostgreSQL driver for the service's own queries: the same hosts, TLS, password and `via` as everything
    /// here, as the configured role.
    ///
    /// # Errors
    /// See [`engine::connect`]; [`ErrorKind::Usage`](crate::ErrorKind::Usage) for an SQLite file.
    #[cfg(feature = "postgres")]
    pub async fn client(&self) -> Result<tokio_postgres::Client> {
        match &self.target {
            Target::Postgres(target) => match engine::postgres::connect(target, &self.context).await {
                Ok(session) => Ok(session.into_client()),
                Err(error) => Err(self.explained(error).await),
            },
            Target::Sqlite(_) => Err(crate::Error::new(
                crate::ErrorKind::Usage,
                format!("{} is an SQLite file, which the PostgreSQL driver cannot open", self.target.describe()),
            )),
        }
    }

    /// The SQLite file for the service's own queries, from many threads and processes at once.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) for a PostgreSQL database.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(&self) -> Result<engine::sqlite::SharedFile> {
        match &self.target {
            Target::Sqlite(target) => Ok(engine::sqlite::SharedFile::new(target, &self.context)),
            Target::Postgres(_) => Err(crate::Error::new(
                crate::ErrorKind::Usage,
                format!("{} is a PostgreSQL database, not an SQLite file", self.target.describe()),
            )),
        }
    }

    /// A session that acts as the owning role, for DDL and for reading the ledger.
    ///
    /// # Errors
    /// As [`Database::connect`], or the role connected as may not become the owner.
    pub async fn connect_as_owner(&self) -> Result<Box<dyn Session>> {
        let mut session = self.connect().await?;
        engine::act_as(session.as_mut(), self.service().owner()).await?;
        Ok(session)
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

    #[cfg(feature = "postgres")]
    fn owner(&self) -> Option<&str> {
        self.wish.as_ref().map(|wish| wish.owner.as_str())
    }

    #[cfg(not(feature = "postgres"))]
    fn owner(&self) -> Option<&str> {
        None
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
        let mut session = self.connect_as_owner().await?;
        let state = self.on(session.as_mut(), source).state().await?;
        session.close().await;
        let lines = source.lines(&state, &self.rules);
        Ok((state, lines))
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
        let mut session = self.connect_as_owner().await?;
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
        rehearse::rehearse(&subject, options).await
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

    /// Applies `plan`, one from a schema to another that was made for this database as it is now, with a safety copy first where rows
    /// are to be lost.
    ///
    /// # Errors
    /// See [`apply::apply`].
    pub async fn apply_schema(&self, plan: &Plan) -> Result<apply::Applied> {
        let mut session = self.connect_as_owner().await?;
        let applied = apply::apply(session.as_mut(), plan, &self.service()).await;
        session.close().await;
        applied
    }

    /// The take-over of another tool's ledger, or of a database that has none, as a plan.
    ///
    /// # Errors
    /// See [`adopt::plan`].
    pub async fn adoption(&self, folder: &Folder, request: &adopt::Request) -> Result<Adoption> {
        let mut session = self.connect_as_owner().await?;
        let adoption = adopt::plan(&self.states(), session.as_mut(), folder, request).await;
        session.close().await;
        adoption
    }

    /// Runs the files of `adoption` in a scratch database and compares what they make with this one.
    ///
    /// # Errors
    /// See [`adopt::prove`].
    pub async fn prove(&self, folder: &Folder, adoption: &Adoption) -> Result<Proof> {
        let mut session = self.connect_as_owner().await?;
        let proof = adopt::prove(&self.states(), session.as_mut(), folder, adoption).await;
        session.close().await;
        proof
    }

    /// The version of `folder` that this database is at, by its schema.
    ///
    /// # Errors
    /// See [`adopt::locate`].
    pub async fn locate(&self, folder: &Folder) -> Result<Position> {
        let mut session = self.connect_as_owner().await?;
        let position = adopt::locate(&self.states(), session.as_mut(), folder).await;
        session.close().await;
        position
    }

    /// Writes the ledger of `adoption`; none of its migrations is run.
    ///
    /// # Errors
    /// See [`adopt::apply`].
    pub async fn adopt(&self, folder: &Folder, adoption: &Adoption, grounds: Grounds<'_>) -> Result<()> {
        let mut session = self.connect_as_owner().await?;
        let done = adopt::apply(&self.states(), session.as_mut(), folder, adoption, grounds).await;
        session.close().await;
        done
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
        let mut session = self.connect().await?;
        let copies_in = self.root.join(&self.config.backup.to);
        let mut status = status::survey(session.as_mut(), &self.subject(&copies_in)).await?;
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

    /// What [`Database::bootstrap`] would create.
    ///
    /// # Errors
    /// No admin connection is to be had, or something is there that bootstrap will not change by itself.
    #[cfg(feature = "postgres")]
    pub async fn bootstrap_plan(&self) -> Result<Plan> {
        prepare::bootstrap_plan(&self.service()).await
    }

    /// The same plan for an administrator to run by hand: where no server can be asked, the one for a server that has
    /// nothing of it yet.
    ///
    /// # Errors
    /// Something is there that bootstrap will not change by itself.
    #[cfg(feature = "postgres")]
    pub async fn bootstrap_plan_to_print(&self) -> Result<Plan> {
        match self.bootstrap_plan().await {
            Err(error) if error.kind().class() == ErrorClass::Connect => {
                let Some(wish) = &self.wish else { return Err(error) };
                bootstrap::plan_from_nothing(wish, NEWEST_SERVER)
            }
            result => result,
        }
    }

    /// Creates what is missing, each step checked.
    ///
    /// # Errors
    /// The state has changed since `plan` was made, or a step fails.
    #[cfg(feature = "postgres")]
    pub async fn bootstrap(&self, plan: &Plan) -> Result<()> {
        prepare::bootstrap(&self.service(), plan).await
    }

    /// A full server is asked who fills it, by one of those who want to know: asking takes one of the last connections.
    #[cfg(feature = "postgres")]
    async fn explained(&self, error: crate::Error) -> crate::Error {
        match self.asking.try_lock() {
            Ok(_alone) => prepare::tell_who(error, &self.service()).await,
            Err(_) => error,
        }
    }

    #[cfg(not(feature = "postgres"))]
    async fn explained(&self, error: crate::Error) -> crate::Error {
        error
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
                folder: self.root.join(&self.config.backup.to),
                search_path: &self.search_path,
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
