//! What a drill has found out.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::archive::manifest::{FORMAT, Mismatch, Proof};
use crate::backup::Ledger;
use crate::disk::{User, host_name};
use crate::engine::{Context, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::TOOL_VERSION;
use crate::observer::Event;
use crate::store::Found;

/// What a drill has found out.
#[derive(Default)]
pub(super) struct Outcome {
    /// The version of the server, as it prints it.
    pub(super) server: String,
    /// Where it was restored.
    pub(super) place: String,
    pub(super) tables: u64,
    pub(super) rows: u64,
    pub(super) large_objects: u64,
    pub(super) sequences: u64,
    /// Objects of which it was compared whose they are.
    pub(super) owners: Option<u64>,
    pub(super) migration: Option<String>,
    pub(super) mismatches: Vec<Mismatch>,
    pub(super) failures: Vec<String>,
    pub(super) left_out: Vec<String>,
    /// It ended before all of it was restored and compared.
    pub(super) broke_off: bool,
}

impl Outcome {
    /// It could not be restored whole, for a reason that lies in the backup.
    pub(super) fn failed(server: String, place: String, error: &Error) -> Self {
        Self { server, place, failures: vec![error.one_line()], broke_off: true, ..Self::default() }
    }

    /// Why it ended before all of it was restored and compared; `None` where it came to its end, good or bad.
    pub(super) fn broken(&self) -> Option<&str> {
        self.failures.first().filter(|_| self.broke_off).map(String::as_str)
    }

    /// As it is written beside the backup.
    pub(super) fn proof(self, found: &Found, took: Duration) -> Proof {
        Proof {
            format: FORMAT,
            manifest: found.stored.clone(),
            at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            by: format!("{}@{}", User::current(&BTreeMap::new()).name, host_name()),
            milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            mainstay: TOOL_VERSION.to_owned(),
            server: self.server,
            place: self.place,
            tables: self.tables,
            rows: self.rows,
            large_objects: self.large_objects,
            sequences: self.sequences,
            owners: self.owners,
            migration: self.migration,
            mismatches: self.mismatches,
            failures: self.failures,
            left_out: self.left_out,
        }
    }

    /// Compares the version that the migrations' ledger has with the one that it had.
    pub(super) async fn compare_migration(
        &mut self,
        found: &Found,
        ledger: Option<&dyn Ledger>,
        session: &mut dyn Session,
        context: &Context,
    ) {
        let (Some(recorded), Some(ledger)) = (&found.manifest.source.migration, ledger) else { return };
        match ledger.version(session).await {
            Ok(Some(version)) => {
                if version != *recorded {
                    self.failures.push(format!("the migrations are at version {version}, and they were at {recorded}"));
                }
                self.migration = Some(version);
            }
            // A project with other migrations has no word on these; their ledger is a table like others, and was compared.
            Ok(None) => {
                self.left_out.push("the version of the migrations: this project has no ledger there".to_owned())
            }
            Err(error) => {
                let message = format!("the version of the migrations was not compared: {}", error.message());
                context.observer.event(Event::Warning { message: &message });
                self.left_out.push(message);
            }
        }
    }
}

/// Whether the reason for a failure lies in the backup, and not in the place where it was restored: damage, or rows that break
/// a rule of their own table. A parameter that will not do (22023) is a locale or an encoding which that server does not have.
pub(super) fn lies_in_the_backup(error: &Error) -> bool {
    let of_rows = |state: &str| (state.starts_with("22") || state.starts_with("23")) && state != "22023";
    error.kind() == ErrorKind::Verification || error.sqlstate().is_some_and(of_rows)
}

/// An outcome in place of an error whose reason lies in the backup.
///
/// # Errors
/// The reason lies elsewhere.
pub(super) fn judged(outcome: Result<Outcome>, server: String, place: String) -> Result<Outcome> {
    match outcome {
        Err(error) if lies_in_the_backup(&error) => Ok(Outcome::failed(server, place, &error)),
        outcome => outcome,
    }
}
