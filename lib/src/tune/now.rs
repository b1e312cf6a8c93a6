//! How a server is set, and what it runs on.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Amount;
use crate::engine::{Row, Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, literal};

/// A setting as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Current {
    /// Its value, in its unit.
    pub value: String,
    unit: Option<String>,
    /// Where it comes from, as `pg_settings` says: `default`, `configuration file`, `command line`.
    pub source: String,
    /// It takes a restart to change it.
    pub restart: bool,
    /// Another value waits for a restart.
    pub pending: bool,
    /// It concerns memory, the log, connections or the planner: what a trial is made with.
    of_resources: bool,
}

/// How a server is set.
pub(super) struct Now {
    pub settings: BTreeMap<String, Current>,
    /// Version, `150018`.
    pub version: u32,
    /// The process that serves us, as the server's own machine numbers it.
    pub pid: u32,
    /// User and database, as they stand in that process's title.
    pub whose: String,
    /// Its data, where this role may know.
    pub data: Option<PathBuf>,
}

/// What a private server is not to take over: other machines' addresses, programs, and memory that the running one has reserved.
const LEFT_OUT: [&str; 8] = [
    "listen_addresses",
    "port",
    "unix_socket_directories",
    "unix_socket_group",
    "unix_socket_permissions",
    "bonjour",
    "huge_pages",
    "synchronous_standby_names",
];

impl Now {
    /// Asks the server.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`]: it is an SQLite file. The connection broke.
    pub(super) async fn read(session: &mut dyn Session) -> Result<Self> {
        if session.flavor() == Flavor::Sqlite {
            return Err(Error::new(ErrorKind::Unsupported, "an SQLite file has no server to be tuned")
                .hint("name a PostgreSQL database: mainstay tune plan --url postgresql://HOST/NAME"));
        }
        let rows = session
            .query(
                "SELECT name, setting, unit, source, context = 'postmaster', pending_restart, \
                   category ~ '^(Resource Usage|Write-Ahead Log|Replication|Query Tuning|Autovacuum|Connections and Authentication / Connection Settings)' \
                   AND category !~ '(Archiv|Recovery|Standby)' \
                 FROM pg_catalog.pg_settings ORDER BY name",
            )
            .await?;
        let pid = session.query("SELECT pg_catalog.pg_backend_pid()").await?;
        let whose = session.query("SELECT ' ' || session_user || ' ' || pg_catalog.current_database() || ' '").await?;
        let settings: BTreeMap<String, Current> = rows.into_iter().filter_map(current).collect();
        Ok(Self {
            version: session.server().version_number,
            pid: first_cell(&pid).and_then(|pid| pid.parse().ok()).unwrap_or_default(),
            whose: first_cell(&whose).unwrap_or_default().to_owned(),
            data: settings.get("data_directory").map(|setting| PathBuf::from(&setting.value)),
            settings,
        })
    }

    /// The value of a setting as a number; `None` where the server works it out by itself, or has no such setting.
    pub(super) fn amount(&self, name: &str) -> Option<Amount> {
        let setting = self.settings.get(name)?;
        Amount::read(&setting.value, setting.unit.as_deref())
    }

    /// A number that is no amount of bytes.
    pub(super) fn count(&self, name: &str) -> u64 {
        match self.amount(name) {
            Some(Amount::Count(count)) => count,
            _ => 0,
        }
    }

    /// What a private server is started with to be like this one: name and value with its unit.
    pub(super) fn likeness(&self) -> Vec<(String, String)> {
        let own =
            |name: &str| LEFT_OUT.contains(&name) || name.starts_with("primary_") || name.starts_with("recovery_");
        let set = |setting: &Current| {
            setting.of_resources && matches!(setting.source.as_str(), "configuration file" | "command line")
        };
        let settings = self.settings.iter().filter(|(name, setting)| set(setting) && !own(name));
        settings.map(|(name, setting)| (name.clone(), setting.with_unit())).collect()
    }
}

impl Current {
    /// As it is written in a configuration file.
    fn with_unit(&self) -> String {
        match &self.unit {
            // `8kB` is a unit of the server's own: the amount says the same in one that it reads.
            Some(unit) if unit.starts_with(|c: char| c.is_ascii_digit()) => {
                Amount::read(&self.value, Some(unit)).map_or_else(|| self.value.clone(), |amount| amount.to_string())
            }
            Some(unit) if !self.value.starts_with('-') => format!("{}{unit}", self.value),
            _ => self.value.clone(),
        }
    }
}

fn current(row: Row) -> Option<(String, Current)> {
    let [name, value, unit, source, restart, pending, of_resources] = <[Option<String>; 7]>::try_from(row).ok()?;
    let is = |cell: Option<String>| cell.as_deref() == Some("t");
    let current = Current {
        value: value.unwrap_or_default(),
        unit,
        source: source.unwrap_or_default(),
        restart: is(restart),
        pending: is(pending),
        of_resources: is(of_resources),
    };
    Some((name?, current))
}

/// What ALTER SYSTEM has set until now: the lines of `postgresql.auto.conf` about `names`.
///
/// # Errors
/// This role may not read it.
pub(super) async fn written(session: &mut dyn Session, names: &[&str]) -> Result<BTreeMap<String, String>> {
    let list: Vec<String> = names.iter().map(|name| literal(name)).collect();
    let sql = format!(
        "SELECT name, setting FROM pg_catalog.pg_file_settings \
         WHERE sourcefile ~ '/postgresql[.]auto[.]conf$' AND name IN ({}) ORDER BY seqno",
        list.join(", ")
    );
    let rows = session.query(&sql).await?;
    let pair = |row: Row| {
        let [name, value] = <[Option<String>; 2]>::try_from(row).ok()?;
        Some((name?, value.unwrap_or_default()))
    };
    Ok(rows.into_iter().filter_map(pair).collect())
}
