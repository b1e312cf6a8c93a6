//! The connection as the variables that services read it from, for a program that connects by itself. Whatever the program
//! would have found in its environment before leads to the same database afterwards.

use std::ffi::OsString;
use std::path::Path;

use crate::conn::{DATABASE_URL, POSTGRES_CONNECTION_PARAMETERS, POSTGRES_FAMILY, POSTGRESQL_FAMILY, Target};
#[cfg(feature = "postgres")]
use crate::conn::{PostgresTarget, encode};
use crate::error::Result;

#[cfg(feature = "postgres")]
use super::bridge::Bridge;
#[cfg(feature = "postgres")]
use super::{libpq, process::LIBPQ_VARIABLES};

/// A connection that another program is given.
pub(super) struct Handed {
    /// Variables that are set.
    pub(super) set: Vec<(String, OsString)>,
    /// Variables that are taken away.
    pub(super) unset: Vec<String>,
    /// The URL without its password, for an argument.
    pub(super) url: String,
    /// What the program must not be heard to say: the password, as it is and as a URL has it.
    pub(super) secrets: Vec<String>,
    /// Carries the bytes of a `via` as long as the program runs.
    #[cfg(feature = "postgres")]
    _bridge: Option<Bridge>,
}

impl Handed {
    /// `scheme` is the one that the program's own URL had, with its driver: `postgresql+psycopg`. `owner` is the role that it
    /// shall act as.
    ///
    /// # Errors
    /// The private socket of a `via` cannot be made.
    pub(super) fn new(target: &Target, scheme: Option<&str>, owner: Option<&str>) -> Result<Self> {
        match target {
            Target::Sqlite(target) => Ok(Self::file(&target.path, scheme)),
            #[cfg(feature = "postgres")]
            Target::Postgres(target) => Self::server(target, scheme, owner),
            #[cfg(not(feature = "postgres"))]
            Target::Postgres(target) => {
                let _ = owner;
                Err(crate::Error::new(
                    crate::ErrorKind::Usage,
                    format!("this build of the library has no engine for the database {}", target.dbname),
                ))
            }
        }
    }

    /// Three slashes and a path: what SQLAlchemy and its like take for a file.
    fn file(path: &Path, scheme: Option<&str>) -> Self {
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let scheme = scheme.filter(|scheme| scheme.starts_with("sqlite")).unwrap_or("sqlite");
        let url = format!("{scheme}:///{}", whole.display());
        let mut unset = families();
        unset.retain(|name| name != DATABASE_URL);
        Self {
            set: vec![(DATABASE_URL.to_owned(), url.clone().into())],
            unset,
            url,
            secrets: Vec::new(),
            #[cfg(feature = "postgres")]
            _bridge: None,
        }
    }

    #[cfg(feature = "postgres")]
    fn server(target: &PostgresTarget, scheme: Option<&str>, owner: Option<&str>) -> Result<Self> {
        let bridge = target.via.as_deref().map(Bridge::open).transpose()?;
        let mut target = match &bridge {
            Some(bridge) => libpq::through(target, bridge.folder(), Bridge::PORT),
            None => target.clone(),
        };
        // Blanks and backslashes in an option's value are escaped by a backslash.
        let role = |owner: &str| format!("-c role={}", owner.replace('\\', "\\\\").replace(' ', "\\ "));
        let role = owner.filter(|owner| *owner != target.user).map(role);
        // A URL's options go before the environment's. Not every driver knows them, so that only a URL that has some gets ours.
        if let (Some(options), Some(role)) = (&mut target.options, &role) {
            *options = format!("{options} {role}");
        }
        let scheme = scheme.filter(|scheme| scheme.starts_with("postgres")).unwrap_or("postgresql");
        let url = |with_password: bool| {
            let url = target.url(with_password);
            format!("{scheme}{}", url.expose().trim_start_matches("postgresql"))
        };
        let mut set: Vec<(String, OsString)> = libpq::environment(&target, &target.hosts)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        if target.options.is_none() {
            set.extend(role.map(|role| ("PGOPTIONS".to_owned(), role.into())));
        }
        set.push((DATABASE_URL.to_owned(), url(true).into()));
        let host = target.hosts.first();
        let secret = host.and_then(|host| libpq::password(&target, host)).map(str::to_owned);
        for (name, keyword) in POSTGRES_FAMILY.iter().chain(&POSTGRESQL_FAMILY) {
            let value = match *keyword {
                "host" => host.map(|host| host.name()),
                "port" => host.map(|host| host.port.to_string()),
                "user" => Some(target.user.clone()),
                "password" => secret.clone(),
                _ => Some(target.dbname.clone()),
            };
            set.extend(value.map(|value| ((*name).to_owned(), value.into())));
        }
        let mut unset: Vec<String> = families();
        unset.extend(LIBPQ_VARIABLES.iter().map(|name| (*name).to_owned()));
        let secret = secret.filter(|secret| !secret.is_empty());
        let secrets = secret.into_iter().flat_map(|secret| [encode(&secret), secret]).collect();
        Ok(Self { set, unset, url: url(false), secrets, _bridge: bridge })
    }
}

/// Every variable beside libpq's that names a database.
pub(super) fn families() -> Vec<String> {
    let families = POSTGRES_FAMILY.iter().chain(&POSTGRESQL_FAMILY).map(|(name, _)| *name);
    let names = families.flat_map(|name| [name.to_owned(), format!("{name}_FILE")]);
    names.chain([DATABASE_URL, POSTGRES_CONNECTION_PARAMETERS].map(str::to_owned)).collect()
}
