//! What should be there.

use crate::config::DatabaseConfig;
use crate::conn::{PostgresTarget, Secret};
use crate::error::{Error, ErrorKind, Result};

/// What should be there.
#[derive(Clone)]
pub struct Wish {
    /// The database.
    pub database: String,
    /// Owner of database and objects; no login of its own unless it is also `app`.
    pub owner: String,
    /// What the service logs in as.
    pub app: String,
    /// Password that `app` gets when it is created; `None` for peer or trust.
    pub app_password: Option<Secret>,
    /// Read-only logins.
    pub readers: Vec<String>,
    /// The schema of the service's tables, where that is not `public`.
    pub schema: Option<String>,
    /// Extensions.
    pub extensions: Vec<String>,
    /// Encoding of a new database.
    pub encoding: String,
    /// Locale of a new database; the cluster's where `None`.
    pub locale: Option<String>,
}

impl Wish {
    /// What `config` asks for of the database that `target` names. The app defaults to the target's user, the owner
    /// to the app; the target's password is the app's only where the target logs in as the app.
    pub fn new(config: &DatabaseConfig, target: &PostgresTarget) -> Self {
        let app = config.app.clone().unwrap_or_else(|| target.user.clone());
        let password = target.hosts.iter().find_map(|host| host.password.clone()).or_else(|| target.password.clone());
        Self {
            database: target.dbname.clone(),
            owner: config.owner.clone().unwrap_or_else(|| app.clone()),
            app_password: password.filter(|_| app == target.user),
            app,
            readers: distinct(&config.readers),
            schema: target.schema.clone().filter(|schema| schema != "public"),
            extensions: distinct(&config.extensions),
            encoding: config.encoding().to_owned(),
            locale: config.locale.clone(),
        }
    }

    /// Do objects belong to another role than the one that logs in?
    pub(super) fn is_split(&self) -> bool {
        self.owner != self.app
    }

    /// Is `user` owner and app in one, with neither readers nor a schema nor extensions to look for?
    pub fn is_only(&self, user: &str) -> bool {
        let nothing_else = self.readers.is_empty() && self.schema.is_none() && self.extensions.is_empty();
        self.owner == user && self.app == user && nothing_else
    }

    /// Every role of the wish once: owner, app, readers.
    pub(super) fn roles(&self) -> Vec<&str> {
        let app = self.is_split().then_some(self.app.as_str());
        std::iter::once(self.owner.as_str()).chain(app).chain(self.readers.iter().map(String::as_str)).collect()
    }

    /// Refuses what no server could give.
    pub(super) fn validate(&self) -> Result<()> {
        if let Some(reader) = self.readers.iter().find(|reader| **reader == self.owner || **reader == self.app) {
            return Err(Error::new(
                ErrorKind::Config,
                format!(
                    "role {reader} cannot be read-only: it is also the owner or the app of database {}",
                    self.database
                ),
            )
            .hint(format!("take {reader} out of `readers` in mainstay.toml")));
        }
        let names = self.roles().into_iter().chain([self.database.as_str()]);
        let inside = self.schema.iter().chain(&self.extensions).map(String::as_str);
        match names.chain(inside).find(|name| !is_name(name)) {
            Some(name) => Err(Error::new(
                ErrorKind::Config,
                format!("{name:?} is no name that a server takes: names are 1 to 63 bytes long without a NUL"),
            )),
            None => Ok(()),
        }
    }
}

/// The server cuts longer names silently, after which nothing is found under the name asked for.
fn is_name(name: &str) -> bool {
    (1..=63).contains(&name.len()) && !name.contains('\0')
}

fn distinct(names: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        if !kept.contains(name) {
            kept.push(name.clone());
        }
    }
    kept
}
