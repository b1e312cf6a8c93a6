//! What was set before, remembered in the ledger, so that it can be had back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::{Flight, FlightError, Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger;
use crate::sql::Flavor;

/// The row of the ledger's settings.
const NAME: &str = "tune";

/// By name what was set before the first time, and what was set last.
pub(super) type Record = BTreeMap<String, Remembered>;

/// A setting that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered {
    /// What ALTER SYSTEM had set it to; nothing where it had not.
    pub before: Option<String>,
    /// What it was set to, last and before: a later one may not have been reached.
    pub set: Vec<String>,
}

/// What is remembered; empty where nothing was ever set.
pub(super) async fn read(session: &mut dyn Session) -> Result<Record> {
    if first_cell(&session.query(ledger::has_ledger_query(Flavor::Postgres)).await?) != Some("1") {
        return Ok(Record::new());
    }
    let rows = session.query(&ledger::setting_query(Flavor::Postgres)).await?;
    let text = rows.into_iter().find_map(|row| match <[Option<String>; 2]>::try_from(row) {
        Ok([Some(name), value]) if name == NAME => value,
        _ => None,
    });
    let Some(text) = text else { return Ok(Record::new()) };
    serde_json::from_str(&text).map_err(|error| {
        Error::new(ErrorKind::Verification, "what the settings were before cannot be read from mainstay.setting")
            .source(error)
    })
}

/// Remembers `record` and writes `entry` into the journal; without a record nothing is remembered any more.
pub(super) async fn write(session: &mut dyn Session, record: &Record, entry: Option<&ledger::Entry>) -> Result<()> {
    let flavor = Flavor::Postgres;
    let mut statements = ledger::create(flavor);
    statements.push(match record.is_empty() {
        true => ledger::drop_setting(flavor, NAME),
        false => ledger::set_setting(flavor, NAME, &serde_json::to_string(record).unwrap_or_default()),
    });
    statements.extend(entry.map(|entry| ledger::journal_insert(flavor, entry)));
    session.fly(Flight { lead: &statements, ..Flight::default() }).await.map_err(|failed| match failed {
        FlightError::Own(error) | FlightError::Statement(_, error) => {
            error.context("what was set before cannot be remembered")
        }
        FlightError::Guard(_) => Error::new(ErrorKind::Verification, "what was set before cannot be remembered"),
    })
}
