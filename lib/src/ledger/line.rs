//! A line of the journal for what may be broken off.

use std::time::Instant;

use crate::engine::{Flight, FlightError, Session, first_cell};
use crate::error::{Error, ErrorKind, Result};

use super::{Entry, journal_end, journal_insert, missing};

/// What the line says until the work has ended; whoever was killed or interrupted leaves it so.
const BEGUN: &str = "begun, and not ended";

/// A line that is there before the work begins.
pub struct Line {
    id: String,
    entry: Entry,
    begun: Instant,
}

impl Line {
    /// Writes that `action` begins on this `host`; `detail` is what it is about.
    ///
    /// # Errors
    /// The journal cannot be made or written.
    pub async fn begin(session: &mut dyn Session, action: &str, detail: &str, host: &str) -> Result<Self> {
        let entry = Entry {
            action: action.to_owned(),
            detail: detail.to_owned(),
            host: host.to_owned(),
            seconds: 0.0,
            result: BEGUN.to_owned(),
        };
        let flavor = session.flavor();
        let missing = missing(session).await.map_err(not_written)?;
        let made = session.fly(Flight { lead: &missing, ..Flight::default() }).await;
        made.map_err(|failed| match failed {
            FlightError::Own(error) | FlightError::Statement(_, error) => not_written(error),
            FlightError::Guard(_) => Error::new(ErrorKind::Verification, "the journal could not be written"),
        })?;
        let insert = format!("{} RETURNING id", journal_insert(flavor, &entry));
        let rows = session.query(&insert).await.map_err(not_written)?;
        let id = first_cell(&rows).unwrap_or_default().to_owned();
        Ok(Self { id, entry, begun: Instant::now() })
    }

    /// Writes how it ended. Where `error` is that of a lost connection, the line stays as it is.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub async fn end(self, session: &mut dyn Session, detail: String, error: Option<&Error>) -> Result<()> {
        if error.is_some_and(|error| error.kind() == ErrorKind::ConnectionLost) {
            return Ok(());
        }
        let entry = Entry {
            detail,
            seconds: self.begun.elapsed().as_secs_f64(),
            result: error.map_or_else(|| "ok".to_owned(), |error| error.message().to_owned()),
            ..self.entry
        };
        session.query(&journal_end(session.flavor(), &self.id, &entry)).await.map(drop).map_err(not_written)
    }
}

fn not_written(error: Error) -> Error {
    let kind = error.kind();
    error.context("the journal could not be written").of_kind(kind)
}
