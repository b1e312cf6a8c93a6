//! How old the newest backups are.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::config::BackupConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{self, Listed, Store};

/// A store that says nothing for so long is told of instead.
const PATIENCE: Duration = Duration::from_secs(5);

/// The newest backups of a database, and whether they are too old.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Backups {
    /// The store, for people; `[backup] to` where there is no such store.
    pub store: String,
    /// The newest one.
    pub last: Option<Kept>,
    /// The newest one that was restored and had every row.
    pub proven: Option<Kept>,
    /// What is wrong: one is missing, too old, or the store cannot be read. A sentence each.
    pub problems: Vec<String>,
}

/// A backup and its age.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Its name.
    pub id: String,
    /// When it was begun, ISO 8601 in UTC.
    pub started: String,
    /// How long ago that was, in seconds.
    pub age_seconds: u64,
    /// Whether that is longer than the configuration allows.
    pub stale: bool,
    /// Its bytes in the store.
    pub bytes: u64,
    /// Its rows.
    pub rows: u64,
}

impl Backups {
    /// Looks for those of `database` in `store`, at `now`. Where nothing is configured and nothing there, there is nothing to tell.
    pub async fn look(
        store: Result<Arc<dyn Store>>,
        database: &str,
        config: &BackupConfig,
        now: Timestamp,
    ) -> Option<Self> {
        let place = store.as_ref().map_or_else(|_| config.place().to_owned(), |store| store.describe());
        let found = async { store::newest(store?.as_ref(), database).await };
        let found = tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Unreachable, format!("it did not answer within {} s", PATIENCE.as_secs())))
        });
        let mut backups = Self { store: place, last: None, proven: None, problems: Vec::new() };
        match found {
            Ok(newest) => {
                let kept = |listed: Option<Listed>, limit| listed.map(|listed| Kept::of(listed, limit, now));
                backups.last = kept(newest.taken, Some(config.stale));
                backups.proven = kept(newest.proven, config.stale_proof);
                backups.judge(config);
            }
            Err(error) => backups.problems.push(format!("the backups cannot be looked at: {}", error.one_line())),
        }
        (config.to.is_some() || backups.last.is_some()).then_some(backups)
    }

    /// What is missing or too old. Who has named no place for backups may do without.
    fn judge(&mut self, config: &BackupConfig) {
        match &self.last {
            None => self.problems.push("there is no backup".to_owned()),
            Some(last) if last.stale && config.to.is_some() => {
                self.problems.push(format!("the newest backup is older than {}", said(config.stale)));
            }
            Some(_) => {}
        }
        match (&self.proven, config.stale_proof) {
            (None, Some(_)) => self.problems.push("no backup was proven by a restore".to_owned()),
            (Some(proven), Some(limit)) if proven.stale => {
                self.problems.push(format!("the newest proven backup is older than {}", said(limit)));
            }
            _ => {}
        }
    }
}

impl Kept {
    fn of(listed: Listed, limit: Option<Duration>, now: Timestamp) -> Self {
        let begun: Timestamp = listed.started.parse().unwrap_or(now);
        let age = now.duration_since(begun).max(jiff::SignedDuration::ZERO).unsigned_abs();
        Self {
            id: listed.id,
            started: listed.started,
            age_seconds: age.as_secs(),
            stale: limit.is_some_and(|limit| age > limit),
            bytes: listed.bytes,
            rows: listed.rows,
        }
    }
}

/// A limit in hours or days, as it was most likely written.
fn said(limit: Duration) -> String {
    match limit.as_secs() / 3600 {
        0 => format!("{} s", limit.as_secs()),
        hours if hours >= 72 && hours.is_multiple_of(24) => format!("{} days", hours / 24),
        hours => format!("{hours} h"),
    }
}
