//! Putting a [`Database`] together: from a project's folder and the environment's values, or from a URL.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "postgres")]
use crate::bootstrap::Wish;
use crate::config::Config;
use crate::conn::{self, Request, Resolved};
use crate::dialect::Version;
use crate::disk::{Disk, SourceFile};
use crate::engine::Context;
use crate::error::Result;
use crate::migrate::{Consent, Rules};
use crate::observer::{Event, Observer, Silent};
use crate::tool::ViaDial;

use super::Database;

/// Collects what a [`Database`] is made of; every setter may be left out.
pub struct Builder {
    pub(super) root: PathBuf,
    pub(super) read_project: bool,
    read_only: bool,
    pub(super) vars: BTreeMap<String, String>,
    pub(super) request: Request,
    pub(super) config: Option<Config>,
    pub(super) embedded: Option<Vec<SourceFile>>,
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
        self.find()?.resolve(&self.request)
    }

    /// Resolves everything; nothing is connected to yet.
    ///
    /// # Errors
    /// `mainstay.toml`, `.env` or a connection setting is wrong; two sources disagree on where to write.
    pub fn build(self) -> Result<Database> {
        let found = self.find()?;
        let resolved = found.resolve(&self.request)?;
        self.warn(&resolved);
        let target = if self.read_only { resolved.target.clone() } else { resolved.for_writing()?.clone() };
        let admin = conn::resolve_admin(&self.request, &found.config, &found.around, &Disk)?.map(|admin| admin.target);
        let context = self.context(&found.config);
        let mut rules = self.rules(&found.config);
        rules.out_of_order = self.out_of_order;
        Ok(Database {
            #[cfg(feature = "postgres")]
            wish: match &target {
                conn::Target::Postgres(target) => Some(Wish::new(&found.config.database, target)),
                conn::Target::Sqlite(_) => None,
            },
            #[cfg(feature = "postgres")]
            asking: Default::default(),
            #[cfg(feature = "backup")]
            access: found.access(),
            environment: resolved.environment,
            reads_only: self.read_only,
            target,
            admin,
            scheme: found.scheme(),
            temporary: found.temporary(),
            search_path: found.search_path(),
            root: found.project.root,
            embedded: self.embedded,
            rules,
            consent: self.consent,
            wait: self.wait,
            context,
            config: found.config,
        })
    }

    /// What is ignored, without effect, or disagrees.
    pub(super) fn warn(&self, resolved: &Resolved) {
        for warning in &resolved.warnings {
            self.observer.event(Event::Warning { message: warning });
        }
    }

    /// How migrations run, as far as the desired version goes.
    pub(super) fn rules(&self, config: &Config) -> Rules {
        let mut rules = Rules::new(&config.migrations, &crate::disk::host_name());
        rules.to = self.to.clone().or(rules.to);
        rules
    }

    /// What its sessions get.
    pub(super) fn context(&self, config: &Config) -> Context {
        let name = self.application_name.clone().or_else(|| config.service.name.clone());
        Context {
            observer: Arc::clone(&self.observer),
            dial: Some(Arc::new(ViaDial)),
            application_name: name.unwrap_or_else(|| "mainstay".to_owned()),
        }
    }
}
