//! A flight: one transaction in as few messages as can be, one where there is neither COPY data nor a guard.
//!
//! The server runs the statements of a simple-query message in order and leaves out the rest after an error, so a message that
//! ends in COMMIT and is answered without an error has committed. Which statement failed is told by the error's position,
//! which counts from the beginning of the message, or else by the number of statements that were answered before.

use std::time::Instant;

use super::{PostgresSession, copy_streams};
use crate::engine::inside::stays_inside;
use crate::engine::{Flight, FlightError, Session};
use crate::error::{Error, ErrorKind};
use crate::sql::Flavor;

const BEGIN: &str = "BEGIN";
const COMMIT: &str = "COMMIT";
const SEPARATOR: &str = "\n;\n";

/// Runs `flight` on `session`.
pub(super) async fn fly(session: &mut PostgresSession, flight: Flight<'_>) -> Result<(), FlightError> {
    for (index, statement) in flight.statements.iter().enumerate() {
        stays_inside(statement.text, Flavor::Postgres)
            .and_then(|()| copy_streams::check(statement))
            .map_err(|error| FlightError::Statement(index, error))?;
    }
    let Err(failure) = in_order(session, flight).await else { return Ok(()) };
    if !failure.ended && !session.client.is_closed() {
        // Whether it works or not, the first error is what matters; a broken connection rolls back by itself.
        let _ = session.query("ROLLBACK").await;
    }
    Err(failure.why)
}

/// Why a flight failed, and whether that has ended the transaction already.
struct Failure {
    why: FlightError,
    ended: bool,
}

impl From<FlightError> for Failure {
    fn from(why: FlightError) -> Self {
        Self { why, ended: false }
    }
}

async fn in_order(session: &mut PostgresSession, flight: Flight<'_>) -> Result<(), Failure> {
    let mut message = Message::default();
    message.add(Whose::Ours, BEGIN);
    for statement in flight.lead {
        message.add(Whose::Ours, statement);
    }
    if let Some(witness) = flight.witness {
        message.send(session).await?;
        witness.begun(session).await.map_err(FlightError::Own)?;
    }
    for (index, statement) in flight.statements.iter().enumerate() {
        if statement.copy_data.is_none() {
            message.add(Whose::User(index), statement.text);
            if flight.witness.is_none() {
                continue;
            }
        }
        let begin = Instant::now();
        message.send(session).await?;
        if statement.copy_data.is_some() {
            session.copy(statement).await.map_err(|error| Whose::User(index).failed(error))?;
        }
        if let Some(witness) = flight.witness {
            witness.ran(session, index, begin.elapsed()).await.map_err(FlightError::Own)?;
        }
    }
    for statement in flight.trail {
        message.add(Whose::Ours, statement);
    }
    if let Some(guard) = flight.guard {
        message.send(session).await?;
        let rows = session.query(&guard.sql).await.map_err(FlightError::Own)?;
        let found = rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten();
        if found.as_deref() != Some(guard.expect.as_str()) {
            return Err(FlightError::Guard(found).into());
        }
    }
    message.add(Whose::Ours, COMMIT);
    let begin = Instant::now();
    message.send(session).await.map_err(left_open)?;
    if let Some(witness) = flight.witness {
        witness.committed(begin.elapsed());
    }
    Ok(())
}

/// Whose statement a part of a message is.
#[derive(Clone, Copy)]
enum Whose {
    Ours,
    User(usize),
}

impl Whose {
    fn failed(self, error: Error) -> FlightError {
        match self {
            Self::User(index) if error.kind() != ErrorKind::ConnectionLost => FlightError::Statement(index, error),
            _ => FlightError::Own(error),
        }
    }
}

/// Statements that wait to be sent together.
#[derive(Default)]
struct Message<'a> {
    parts: Vec<(Whose, &'a str)>,
}

impl<'a> Message<'a> {
    fn add(&mut self, whose: Whose, sql: &'a str) {
        self.parts.push((whose, sql));
    }

    /// Sends what waits and awaits the answer. An observer that wants each statement with its duration gets them one by one.
    async fn send(&mut self, session: &PostgresSession) -> Result<(), Failure> {
        let parts = std::mem::take(&mut self.parts);
        let together = if session.observer.wants_sql() { 1 } else { parts.len().max(1) };
        for parts in parts.chunks(together) {
            let text = parts.iter().map(|(_, sql)| *sql).collect::<Vec<_>>().join(SEPARATOR);
            let begin = Instant::now();
            let pending = session.send(&text).await.map_err(FlightError::Own)?;
            let (answered, outcome) = session.commands(pending).await;
            session.tell(&text, begin.elapsed(), outcome.as_ref().err());
            if let Err(error) = outcome {
                return Err(blame(parts, answered, error));
            }
        }
        Ok(())
    }
}

/// The part that `error` is about, with the error's position moved to that part's own beginning.
fn blame(parts: &[(Whose, &str)], answered: usize, error: Error) -> Failure {
    let commits = |at: usize| at + 1 == parts.len() && parts[at].1 == COMMIT;
    let (at, position) = match error.sql().and_then(|sql| sql.position) {
        Some(position) => part_at(parts, position),
        None => (answered.min(parts.len() - 1), None),
    };
    let error = error.with_position(position);
    if commits(at) && error.kind() == ErrorKind::Sql {
        let why = FlightError::Own(error.context("the server refused at COMMIT"));
        return Failure { why, ended: true };
    }
    // A message that does not even parse has begun nothing.
    let ended = answered == 0 && parts.first().is_some_and(|(_, sql)| *sql == BEGIN);
    Failure { why: parts[at].0.failed(error), ended }
}

/// The part in which character `position` (from 1) of the message lies, and the position inside it. What lies on a separator
/// belongs to the part before: there the server noticed that something was missing.
fn part_at(parts: &[(Whose, &str)], position: usize) -> (usize, Option<usize>) {
    let mut rest = position;
    for (at, (_, sql)) in parts.iter().enumerate() {
        let length = sql.chars().count();
        if rest <= length + SEPARATOR.len() || at + 1 == parts.len() {
            return (at, Some(rest.min(length + 1)));
        }
        rest -= length + SEPARATOR.len();
    }
    (0, None)
}

/// COMMIT was on its way: an answer that is lost without a word leaves open what became of it.
fn left_open(failure: Failure) -> Failure {
    match failure.why {
        FlightError::Own(error) if error.kind() == ErrorKind::ConnectionLost && error.sql().is_none() => {
            FlightError::Own(
                error.context(
                    "the connection was lost before COMMIT was answered: whether it was committed is not known",
                ),
            )
            .into()
        }
        why => Failure { why, ..failure },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_moved_to_their_part() {
        let parts = [(Whose::Ours, "BEGIN"), (Whose::User(0), "SELÉCT 1"), (Whose::User(1), "SELECT 2")];
        let text = parts.map(|(_, sql)| sql).join(SEPARATOR);
        let place = |needle: &str| {
            let byte = text.find(needle).expect("there");
            part_at(&parts, text[..byte].chars().count() + 1)
        };
        assert_eq!(place("SELÉCT"), (1, Some(1)));
        assert_eq!(place("É"), (1, Some(4)));
        assert_eq!(place("2"), (2, Some(8)));
        assert_eq!(part_at(&parts, 5 + 3 + 8 + 1), (1, Some(9)), "just behind a statement");
        assert_eq!(part_at(&parts, 1000), (2, Some(9)));
    }
}
