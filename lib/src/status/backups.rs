//! How old the newest backups are.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::config::BackupConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{self, Listed, State, Store};

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
    /// What is wrong: one is missing, refuted, too old, or the store cannot be read. A sentence each.
    pub problems: Vec<String>,
    /// The command that mends the first problem.
    #[serde(skip)]
    pub next: Option<&'static str>,
}

/// A backup and its age.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Its name.
    pub id: String,
    /// How far it has come.
    pub state: State,
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
        let mut backups = Self { store: place, last: None, proven: None, problems: Vec::new(), next: None };
        match found {
            Ok(newest) => {
                let kept = |listed: Option<Listed>, limit| listed.map(|listed| Kept::of(listed, limit, now));
                backups.last = kept(newest.taken, Some(config.stale));
                backups.proven = kept(newest.proven, config.stale_proof);
                backups.judge(config);
            }
            Err(error) => {
                backups
                    .problem(format!("the backups cannot be looked at: {}", error.one_line()), "mainstay backup list");
            }
        }
        (config.to.is_some() || backups.last.is_some()).then_some(backups)
    }

    /// What is missing, refuted or too old. Who has named no place for backups may do without.
    fn judge(&mut self, config: &BackupConfig) {
        const TAKE: &str = "mainstay backup create";
        const PROVE: &str = "mainstay backup drill";
        match &self.last {
            None => self.problem("there is no backup".to_owned(), TAKE),
            Some(last) if last.state == State::Refuted => {
                self.problem("the newest backup did not come back as it was backed up".to_owned(), TAKE);
            }
            Some(last) if last.stale && config.to.is_some() => {
                self.problem(format!("the newest backup is older than {}", said(config.stale)), TAKE);
            }
            Some(_) => {}
        }
        match (&self.proven, config.stale_proof) {
            (None, Some(_)) => self.problem("no backup was proven by a restore".to_owned(), PROVE),
            (Some(proven), Some(limit)) if proven.stale => {
                self.problem(format!("the newest proven backup is older than {}", said(limit)), PROVE);
            }
            _ => {}
        }
    }

    fn problem(&mut self, what: String, next: &'static str) {
        self.problems.push(what);
        self.next.get_or_insert(next);
    }
}

impl Kept {
    fn of(listed: Listed, limit: Option<Duration>, now: Timestamp) -> Self {
        let begun: Timestamp = listed.started.parse().unwrap_or(now);
        let age = now.duration_since(begun).max(jiff::SignedDuration::ZERO).unsigned_abs();
        Self {
            id: listed.id,
            state: listed.state,
            started: listed.started,
            age_seconds: age.as_secs(),
            stale: limit.is_some_and(|limit| age > limit),
            bytes: listed.bytes,
            rows: listed.rows,
        }
    }
}

/// A limit in the unit in which it was most likely written.
fn said(limit: Duration) -> String {
    let seconds = limit.as_secs();
    match seconds {
        _ if seconds >= 3 * 86_400 && seconds.is_multiple_of(86_400) => format!("{} days", seconds / 86_400),
        _ if seconds >= 3600 && seconds.is_multiple_of(3600) => format!("{} h", seconds / 3600),
        _ if seconds >= 60 && seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        0 => format!("{} ms", limit.as_millis()),
        _ => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_said_as_they_are_written() {
        let cases = [
            (1, "1 ms"),
            (1000, "1 s"),
            (90_000, "90 s"),
            (5_400_000, "90 min"),
            (36 * 3_600_000, "36 h"),
            (172_800_000, "48 h"),
            (604_800_000, "7 days"),
        ];
        for (milliseconds, expected) in cases {
            assert_eq!(said(Duration::from_millis(milliseconds)), expected);
        }
    }

    #[test]
    fn a_refuted_backup_is_none_to_rely_on() {
        let judged = |state: State| {
            let last = Kept {
                id: "20261120T023000Z-p7".to_owned(),
                state,
                started: "2026-11-20T02:30:00Z".to_owned(),
                age_seconds: 60,
                stale: false,
                bytes: 1,
                rows: 1,
            };
            let mut backups =
                Backups { store: String::new(), last: Some(last), proven: None, problems: Vec::new(), next: None };
            backups.judge(&BackupConfig::default());
            (backups.problems.len(), backups.next)
        };
        assert_eq!(judged(State::Checked), (0, None));
        assert_eq!(judged(State::Refuted), (1, Some("mainstay backup create")));
    }
}
