//! Putting a [`Database`] together: from a project's folder and the environment's values, or from a URL.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "backup")]
use crate::backup::Listeners;
#[cfg(feature = "postgres")]
use crate::bootstrap::Wish;
use crate::config::{Config, Dotenv};
use crate::conn::{self, Request, Resolved, Surroundings};
use crate::dialect::Version;
use crate::disk::{Disk, Project, SourceFile, User};
use crate::engine::Context;
use crate::error::{ErrorKind, Result};
use crate::migrate::{Consent, Rules, Source};
use crate::observer::{Event, Observer, Silent};
use crate::sql::Flavor;
use crate::states::{Spelling, State, States};
#[cfg(feature = "backup")]
use crate::store::{self, Access, Store};
use crate::tool::{ViaDial, Workshop};
use crate::wrapped;

use super::Database;

/// Folders in which a local server's socket may be, most likely first: Debian's and Red Hat's, and PostgreSQL's own.
const SOCKET_FOLDERS: [&str; 3] = ["/run/postgresql", "/var/run/postgresql", "/tmp"];

/// Debian's folder of the system-wide `pg_service.conf`.
const SERVICE_FOLDER: &str = "/etc/postgresql-common";

/// Where scratch files and private servers are, where TMPDIR says nothing.
const TEMPORARY: &str = "/tmp";

/// Collects what a [`Database`] is made of; every setter may be left out.
pub struct Builder {
    root: PathBuf,
    read_project: bool,
    read_only: bool,
    vars: BTreeMap<String, String>,
    request: Request,
    config: Option<Config>,
    embedded: Option<Vec<SourceFile>>,
    pub(super) observer: Arc<dyn Observer>,
    consent: Consent,
    wait: Duration,
    to: Option<Version>,
    out_of_order: bool,
    application_name: Option<String>,
}

impl Builder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self {
            root,
            read_project: true,
            read_only: false,
            vars: BTreeMap::new(),
            request: Request::default(),
            config: None,
            embedded: None,
            observer: Arc::new(Silent),
            consent: Consent::default(),
            wait: Duration::ZERO,
            to: None,
            out_of_order: false,
            application_name: None,
        }
    }

    pub(super) fn only_url(mut self, url: String) -> Self {
        self.read_project = false;
        self.request.url = Some(url);
        self
    }

    /// The environment's variables, commonly `std::env::vars()`: `DATABASE_URL`, `PG*`, `POSTGRES_*` … and `PATH`, by which
    /// pg_dump is found. Without them only `mainstay.toml` and `.env` count.
    #[must_use]
    pub fn vars(mut self, vars: impl IntoIterator<Item = (String, String)>) -> Self {
        self.vars = vars.into_iter().collect();
        self
    }

    /// What a command line would say of the connection; goes before everything else.
    #[must_use]
    pub fn request(mut self, request: Request) -> Self {
        self.request = request;
        self
    }

    /// A configuration in place of `mainstay.toml`'s.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = Some(config);
        self
    }

    /// Migrations that are part of the binary: see [`embed_migrations!`](crate::embed_migrations).
    #[must_use]
    pub fn migrations(mut self, files: Vec<SourceFile>) -> Self {
        self.embedded = Some(files);
        self
    }

    /// Hears what happens: statements, waits, steps.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// What the user has agreed to.
    #[must_use]
    pub fn consent(mut self, consent: Consent) -> Self {
        self.consent = consent;
        self
    }

    /// How long [`Database::prepare`] waits for a server that is not there yet. Default: not at all.
    #[must_use]
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// The desired version, in place of `[migrations] to`.
    #[must_use]
    pub fn to(mut self, version: Option<Version>) -> Self {
        self.to = version;
        self
    }

    /// Apply pending migrations that are older than the newest applied one.
    #[must_use]
    pub fn out_of_order(mut self, allowed: bool) -> Self {
        self.out_of_order = allowed;
        self
    }

    /// Name shown in the server's list of sessions, where the connection's settings give none.
    #[must_use]
    pub fn application_name(mut self, name: impl Into<String>) -> Self {
        self.application_name = Some(name.into());
        self
    }

    /// The connection for bootstrap, in any form that a connection URL may have; goes before the configured one.
    #[must_use]
    pub fn admin_url(mut self, url: impl Into<String>) -> Self {
        self.request.admin_url = Some(url.into());
        self
    }

    /// For operations that only read: sources that disagree on where to write are then a warning, and an SQLite file that is not
    /// there is an error instead of an empty database.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Every connection setting with its source; nothing is connected to.
    ///
    /// # Errors
    /// `mainstay.toml`, `.env` or a connection setting is wrong.
    pub fn resolve(&self) -> Result<Resolved> {
        let project = self.project();
        let config = self.read_config(&project)?;
        conn::resolve(&self.request, &config, &self.surroundings(&project, &config)?, &Disk)
    }

    /// Resolves everything; nothing is connected to yet.
    ///
    /// # Errors
    /// `mainstay.toml`, `.env` or a connection setting is wrong; two sources disagree on where to write.
    pub fn build(self) -> Result<Database> {
        let project = self.project();
        let config = self.read_config(&project)?;
        let around = self.surroundings(&project, &config)?;
        let resolved = conn::resolve(&self.request, &config, &around, &Disk)?;
        self.warn(&resolved);
        let target = if self.read_only { resolved.target.clone() } else { resolved.for_writing()?.clone() };
        let admin = conn::resolve_admin(&self.request, &config, &around, &Disk)?.map(|admin| admin.target);
        let context = self.context(&config);
        let mut rules = Rules::new(&config.migrations, &crate::disk::host_name());
        rules.to = self.to.or(rules.to);
        rules.out_of_order = self.out_of_order;
        Ok(Database {
            #[cfg(feature = "postgres")]
            wish: match &target {
                conn::Target::Postgres(target) => Some(Wish::new(&config.database, target)),
                conn::Target::Sqlite(_) => None,
            },
            #[cfg(feature = "postgres")]
            asking: Default::default(),
            #[cfg(feature = "backup")]
            access: access(&around),
            environment: resolved.environment,
            reads_only: self.read_only,
            target,
            admin,
            scheme: scheme(&config, &around),
            root: project.root,
            embedded: self.embedded,
            rules,
            consent: self.consent,
            wait: self.wait,
            temporary: around.variable("TMPDIR").map_or(TEMPORARY, |(path, _)| path).into(),
            search_path: around.variable("PATH").map(|(path, _)| path.to_owned()).unwrap_or_default(),
            context,
            config,
        })
    }

    /// Its migrations as far as they can be read without a database; what is known of that says how scripts are read, a
    /// server's rules being the wider ones. They cannot be run so.
    ///
    /// # Errors
    /// As [`Database::migrations`]; `mainstay.toml` is wrong.
    pub fn migrations_alone(&self) -> Result<Option<Box<dyn Source>>> {
        let project = self.project();
        let config = self.read_config(&project)?;
        let flavor = self.resolve().map_or(Flavor::Postgres, |resolved| resolved.target.flavor());
        let (root, search_path) = (project.root, String::new());
        let workshop = Workshop { root, search_path, target: None, scheme: None, owner: None };
        wrapped::read(&config.migrations, self.embedded.as_deref(), flavor, workshop)
    }

    /// What reads states of the schema: the project's database may be one of them, and need not be named at all.
    ///
    /// # Errors
    /// `mainstay.toml`, `.env` or a connection setting is wrong.
    pub fn states(&self) -> Result<States> {
        let project = self.project();
        let config = self.read_config(&project)?;
        let around = self.surroundings(&project, &config)?;
        let home = match conn::resolve(&self.request, &config, &around, &Disk) {
            Ok(resolved) => Some(resolved.target),
            Err(error) if error.kind() == ErrorKind::NoTarget => None,
            Err(error) => return Err(error),
        };
        let variable = |name: &str| around.variable(name).map(|(value, _)| value.to_owned());
        let mut rules = Rules::new(&config.migrations, &crate::disk::host_name());
        rules.to = self.to.clone().or(rules.to);
        Ok(States {
            flavor: home.as_ref().map_or(Flavor::Postgres, conn::Target::flavor),
            home,
            migrations: project.root.join(&config.migrations.dir),
            dialect: config.migrations.dialect.clone(),
            rules,
            search_path: variable("PATH").unwrap_or_default(),
            temporary: variable("TMPDIR").unwrap_or_else(|| "/tmp".to_owned()).into(),
            context: self.context(&config),
            owner: config.database.owner,
        })
    }

    /// Where the project's programs run: in its folder, with its virtual environment and PATH, on no database yet.
    ///
    /// # Errors
    /// `mainstay.toml` or `.env` is wrong.
    pub fn workshop(&self) -> Result<Workshop> {
        let project = self.project();
        let config = self.read_config(&project)?;
        let around = self.surroundings(&project, &config)?;
        let search_path = around.variable("PATH").map(|(path, _)| path.to_owned()).unwrap_or_default();
        Ok(Workshop { scheme: scheme(&config, &around), root: project.root, search_path, target: None, owner: None })
    }

    /// The state that `text` spells: see [`Spelling`]. Its target is looked up, and nothing is connected to.
    ///
    /// # Errors
    /// `text` spells none, or its target's settings are wrong.
    pub fn state(&self, text: &str) -> Result<State> {
        let project = self.project();
        let config = self.read_config(&project)?;
        let migrations = project.root.join(&config.migrations.dir);
        let spelling = Spelling::parse(text, config.targets.keys().map(String::as_str), &migrations)?;
        let live = |request: Request| {
            let resolved = conn::resolve(&request, &config, &self.surroundings(&project, &config)?, &Disk)?;
            self.warn(&resolved);
            Ok(State::Live(Box::new(resolved.target)))
        };
        match spelling {
            Spelling::Database => live(self.request.clone()),
            Spelling::Target(name) => live(Request { target: Some(name), ..Request::default() }),
            Spelling::Url(url) => live(Request { url: Some(url), ..Request::default() }),
            Spelling::Ledger => {
                // Its database is looked up when it is read; what there is to know of it is said now.
                self.resolve().iter().for_each(|resolved| self.warn(resolved));
                Ok(State::Ledger)
            }
            Spelling::Migrations(path) => Ok(State::Migrations(path)),
            Spelling::Sql(path) => Ok(State::Sql(path)),
            Spelling::Snapshot(path) => Ok(State::Snapshot(path)),
        }
    }

    /// Where the project's backups lie: at `to`, else where the configuration says. No database need be named for it.
    ///
    /// # Errors
    /// `mainstay.toml` or `.env` is wrong, or there is no such kind of store.
    #[cfg(feature = "backup")]
    pub fn backup_store(&self, to: Option<&str>) -> Result<Arc<dyn Store>> {
        let project = self.project();
        let config = self.read_config(&project)?;
        let around = self.surroundings(&project, &config)?;
        store::open(to.unwrap_or(config.backup.place()), &project.root, &access(&around))
    }

    /// Who is told of what becomes of backups. No database need be named for it.
    ///
    /// # Errors
    /// `mainstay.toml` or `.env` is wrong.
    #[cfg(feature = "backup")]
    pub fn backup_listeners(&self) -> Result<Listeners> {
        let project = self.project();
        let config = self.read_config(&project)?;
        let around = self.surroundings(&project, &config)?;
        Ok(Listeners {
            on_success: config.backup.on_success,
            on_failure: config.backup.on_failure,
            limit: config.backup.hook_timeout,
            metrics: config.backup.metrics.map(|file| project.root.join(file)),
            root: project.root,
            search_path: around.variable("PATH").map(|(path, _)| path.to_owned()).unwrap_or_default(),
        })
    }

    /// What is ignored, without effect, or disagrees.
    fn warn(&self, resolved: &Resolved) {
        for warning in &resolved.warnings {
            self.observer.event(Event::Warning { message: warning });
        }
    }

    /// What its sessions get.
    fn context(&self, config: &Config) -> Context {
        let name = self.application_name.clone().or_else(|| config.service.name.clone());
        Context {
            observer: Arc::clone(&self.observer),
            dial: Some(Arc::new(ViaDial)),
            application_name: name.unwrap_or_else(|| "mainstay".to_owned()),
        }
    }

    pub(super) fn project(&self) -> Project {
        if self.read_project { Project::find(&self.root) } else { Project { file: None, root: self.root.clone() } }
    }

    pub(super) fn read_config(&self, project: &Project) -> Result<Config> {
        match &self.config {
            Some(config) => Ok(config.clone()),
            None => project.config(),
        }
    }

    /// The outside as resolution sees it, for the user and the home folder that this process has.
    fn surroundings(&self, project: &Project, config: &Config) -> Result<Surroundings> {
        let user = User::current(&self.vars);
        Ok(Surroundings {
            vars: self.vars.clone(),
            dotenv: if self.read_project { project.dotenv(config)? } else { Dotenv::default() },
            os_user: user.name,
            home: user.home,
            socket_folders: SOCKET_FOLDERS.map(PathBuf::from).to_vec(),
            service_folder: Some(PathBuf::from(SERVICE_FOLDER)),
            project: project.root.clone(),
        })
    }
}

/// What a store on the net is reached with.
#[cfg(feature = "backup")]
fn access(around: &Surroundings) -> Access {
    Access::from_variables(|name| around.variable(name).map(|(value, _)| value.to_owned()))
}

/// The scheme of the URL that a program of the project would connect by, which may name its driver.
fn scheme(config: &Config, around: &Surroundings) -> Option<String> {
    let configured = || {
        let url = config.database.url.as_deref()?;
        match url.strip_prefix("env:") {
            Some(name) => around.variable(name).map(|(value, _)| value),
            None => Some(url),
        }
    };
    let url = around.variable(conn::DATABASE_URL).map(|(value, _)| value).or_else(configured)?;
    let (scheme, _) = url.split_once("://")?;
    scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+').then(|| scheme.to_owned())
}
