//! What a project has besides its database: migrations, states of its schema, programs, backups.

#[cfg(feature = "backup")]
use std::sync::Arc;

use super::Builder;
#[cfg(feature = "backup")]
use crate::backup::Listeners;
use crate::conn::{self, Request};
use crate::error::{ErrorKind, Result};
use crate::migrate::Source;
use crate::sql::Flavor;
use crate::states::{Spelling, State, States};
#[cfg(feature = "backup")]
use crate::store::{self, Store};
use crate::tool::Workshop;
use crate::wrapped;

impl Builder {
    /// Its migrations as far as they can be read without a database; what is known of that says how scripts are read, a
    /// server's rules being the wider ones. They cannot be run so.
    ///
    /// # Errors
    /// As [`Database::migrations`](super::Database::migrations); `mainstay.toml` is wrong.
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
        let found = self.find()?;
        let home = match found.resolve(&self.request) {
            Ok(resolved) => Some(resolved.target),
            Err(error) if error.kind() == ErrorKind::NoTarget => None,
            Err(error) => return Err(error),
        };
        Ok(States {
            flavor: home.as_ref().map_or(Flavor::Postgres, conn::Target::flavor),
            home,
            migrations: found.project.root.join(&found.config.migrations.dir),
            dialect: found.config.migrations.dialect.clone(),
            rules: self.rules(&found.config),
            search_path: found.search_path(),
            temporary: found.temporary(),
            context: self.context(&found.config),
            owner: found.config.database.owner,
        })
    }

    /// Where the project's programs run: in its folder, with its virtual environment and PATH, on no database yet.
    ///
    /// # Errors
    /// `mainstay.toml` or `.env` is wrong.
    pub fn workshop(&self) -> Result<Workshop> {
        let found = self.find()?;
        let (scheme, search_path) = (found.scheme(), found.search_path());
        Ok(Workshop { scheme, root: found.project.root, search_path, target: None, owner: None })
    }

    /// The state that `text` spells: see [`Spelling`]. Its target is looked up, and nothing is connected to.
    ///
    /// # Errors
    /// `text` spells none, or its target's settings are wrong.
    pub fn state(&self, text: &str) -> Result<State> {
        let found = self.find()?;
        let migrations = found.project.root.join(&found.config.migrations.dir);
        let spelling = Spelling::parse(text, found.config.targets.keys().map(String::as_str), &migrations)?;
        let live = |request: Request| {
            let resolved = found.resolve(&request)?;
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
        let found = self.find()?;
        store::open(to.unwrap_or(found.config.backup.place()), &found.project.root, &found.access())
    }

    /// Who is told of what becomes of backups. No database need be named for it.
    ///
    /// # Errors
    /// `mainstay.toml` or `.env` is wrong.
    #[cfg(feature = "backup")]
    pub fn backup_listeners(&self) -> Result<Listeners> {
        let found = self.find()?;
        let search_path = found.search_path();
        let (root, backup) = (found.project.root, found.config.backup);
        Ok(Listeners {
            on_success: backup.on_success,
            on_failure: backup.on_failure,
            limit: backup.hook_timeout,
            metrics: backup.metrics.map(|file| root.join(file)),
            root,
            search_path,
        })
    }
}
