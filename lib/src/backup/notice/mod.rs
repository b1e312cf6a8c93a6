//! What becomes of backups is told to others: to a command of the configuration, and to a file that Prometheus reads.

mod metrics;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::config::CommandLine;
use crate::error::Result;
use crate::observer::{Event, Observer};
use crate::tool::Hooks;

/// Something was done with a backup.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What was done.
    pub operation: Operation,
    /// The database's name, where it is known.
    pub database: Option<String>,
    /// The store, for people.
    pub store: String,
    /// The backup, where there is one.
    pub id: Option<String>,
    /// Its bytes in the store, as far as they were looked at.
    pub bytes: Option<u64>,
    /// Its rows, as far as they were looked at.
    pub rows: Option<u64>,
    /// How long it took.
    pub seconds: f64,
    /// How far the backup has come: `checked`, `proven`; for a failure `failed`, `damaged`, `refuted`.
    pub state: &'static str,
    /// Why it failed; `None` where it did not.
    pub error: Option<String>,
}

/// What may be done with a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It was taken.
    Create,
    /// It was read again.
    Verify,
    /// It was restored and compared.
    Drill,
}

impl Operation {
    /// As the command is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Verify => "verify",
            Self::Drill => "drill",
        }
    }
}

/// Who is told, as the configuration says.
#[derive(Clone)]
pub struct Listeners {
    pub(crate) on_success: Option<CommandLine>,
    pub(crate) on_failure: Option<CommandLine>,
    pub(crate) limit: Duration,
    pub(crate) metrics: Option<PathBuf>,
    pub(crate) root: PathBuf,
    pub(crate) search_path: String,
}

impl Listeners {
    /// Tells all of them of `notice`. What was done stays done, whatever comes of telling it.
    ///
    /// # Errors
    /// The file cannot be written, or the command fails; all were tried.
    pub async fn tell(&self, notice: &Notice, observer: &Arc<dyn Observer>) -> Result<()> {
        let written = match &self.metrics {
            Some(file) => metrics::write(file, notice, Timestamp::now())
                .map_err(|error| error.context("the file for Prometheus is not up to date")),
            None => Ok(()),
        };
        let (key, hook) = match notice.error {
            None => ("on_success", &self.on_success),
            Some(_) => ("on_failure", &self.on_failure),
        };
        let Some(line) = hook else { return written };
        let hooks = Hooks { root: &self.root, search_path: &self.search_path, limit: self.limit };
        let told = hooks.run(line, &variables(notice), observer).await;
        match (
            written,
            told.map_err(|error| error.context(format!("the command of [backup] {key} has not done its work"))),
        ) {
            (Err(first), Err(second)) => {
                observer.event(Event::Warning { message: &first.one_line() });
                Err(second)
            }
            (written, told) => written.and(told),
        }
    }
}

/// What a command is told, by the names of its variables; one without a value is not there.
fn variables(notice: &Notice) -> [(&'static str, Option<String>); 9] {
    [
        ("MAINSTAY_OPERATION", Some(notice.operation.word().to_owned())),
        ("MAINSTAY_STATE", Some(notice.state.to_owned())),
        ("MAINSTAY_DATABASE", notice.database.clone()),
        ("MAINSTAY_STORE", Some(notice.store.clone())),
        ("MAINSTAY_ID", notice.id.clone()),
        ("MAINSTAY_BYTES", notice.bytes.map(|bytes| bytes.to_string())),
        ("MAINSTAY_ROWS", notice.rows.map(|rows| rows.to_string())),
        ("MAINSTAY_SECONDS", Some(format!("{:.3}", notice.seconds))),
        ("MAINSTAY_ERROR", notice.error.clone()),
    ]
}
