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
    /// Others replay its log, or have places kept for it: what they must have at least is not raised behind their backs.
    pub has_standbys: bool,
    /// It replays another one's log itself.
    pub standby: bool,
    /// What `postgresql.conf` and the like say of settings that wait for a restart, as far as this role may read it; nothing for
    /// those that go back to their default.
    pending: BTreeMap<String, Option<String>>,
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
                   category ~ '^(Resource Usage|Write-Ahead Log|Replication|Query Tuning|Autovacuum|Lock Management|Statistics|Connections and Authentication / Connection Settings)' \
                   AND category !~ '(Archiv|Recovery|Standby)' AND name <> 'stats_temp_directory' \
                 FROM pg_catalog.pg_settings ORDER BY name",
            )
            .await?;
        let pid = session.query("SELECT pg_catalog.pg_backend_pid()").await?;
        let whose = session.query("SELECT ' ' || session_user || ' ' || pg_catalog.current_database() || ' '").await?;
        let settings: BTreeMap<String, Current> = rows.into_iter().filter_map(current).collect();
        let standbys = session
            .query(
                "SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_replication) \
                 OR EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_type = 'physical')",
            )
            .await?;
        let mut pending = BTreeMap::new();
        if settings.values().any(|setting| setting.pending) {
            // Only some may read the files; then the plan says what was not tried.
            let lines = session
                .query("SELECT name, setting FROM pg_catalog.pg_file_settings WHERE setting IS NOT NULL ORDER BY seqno")
                .await;
            if let Ok(lines) = lines {
                let lines: BTreeMap<String, String> = lines.into_iter().filter_map(pair).collect();
                let waits = settings.iter().filter(|(_, setting)| setting.pending);
                pending.extend(waits.map(|(name, _)| (name.clone(), lines.get(name).cloned())));
            }
        }
        Ok(Self {
            version: session.server().version_number,
            pid: first_cell(&pid).and_then(|pid| pid.parse().ok()).unwrap_or_default(),
            whose: first_cell(&whose).unwrap_or_default().to_owned(),
            has_standbys: first_cell(&standbys) == Some("t"),
            standby: session.server().standby,
            pending,
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
        let set = |setting: &Current| matches!(setting.source.as_str(), "configuration file" | "command line");
        let settings = self.settings.iter().filter(|(name, setting)| setting.of_resources && !own(name));
        let next = settings.filter_map(|(name, setting)| match self.pending.get(name) {
            Some(next) => Some((name.clone(), next.clone()?)),
            None => set(setting).then(|| (name.clone(), setting.with_unit())),
        });
        next.collect()
    }

    /// Settings that are this role's or this database's alone.
    pub(super) fn own(&self) -> Vec<String> {
        self.settings.iter().filter(|(_, setting)| setting.is_own()).map(|(name, _)| name.clone()).collect()
    }

    /// Settings that wait for a restart already and are no part of a trial.
    pub(super) fn untried(&self) -> Vec<String> {
        let tried = |name: &String, setting: &Current| setting.of_resources && self.pending.contains_key(name);
        let back = |name: &String| self.pending.get(name).is_some_and(Option::is_none);
        let waits =
            self.settings.iter().filter(|(name, setting)| setting.pending && !tried(name, setting) && !back(name));
        waits.map(|(name, _)| name.clone()).collect()
    }
}

impl Current {
    /// Somebody has written it into the server's own configuration.
    pub(super) fn is_set(&self) -> bool {
        matches!(self.source.as_str(), "configuration file" | "command line" | "environment variable")
    }

    /// It is this role's or this database's alone: what the server has is not to be seen.
    pub(super) fn is_own(&self) -> bool {
        matches!(self.source.as_str(), "user" | "database" | "database user" | "client" | "session")
    }

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
         WHERE sourcefile ~ '/postgresql[.]auto[.]conf$' AND pg_catalog.lower(name) IN ({}) ORDER BY seqno",
        list.join(", ")
    );
    Ok(session.query(&sql).await?.into_iter().filter_map(pair).collect())
}

/// A setting's name, in the case that the server has it in, and its value.
fn pair(row: Row) -> Option<(String, String)> {
    let [name, value] = <[Option<String>; 2]>::try_from(row).ok()?;
    Some((name?.to_ascii_lowercase(), value.unwrap_or_default()))
}
