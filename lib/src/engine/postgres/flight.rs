//! A flight: one transaction, all of whose messages go out before the first answer is awaited.
//!
//! The driver does not show command tags, so a COMMIT that answers ROLLBACK (as it does after a failure) would look
//! like success. Therefore the last message is `SELECT 1; COMMIT`: in a failed transaction the SELECT is an error and
//! the COMMIT is not reached; where the message succeeds, the COMMIT has committed.

use std::time::Instant;

use super::PostgresSession;
use super::own_transaction::{self, Reach};
use super::session::Pending;
use crate::engine::{Flight, FlightError, Guard, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::Statement;

const COMMIT: &str = "SELECT 1; COMMIT";

/// Whose statement a message is.
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

/// Runs `flight` on `session`.
pub(super) async fn fly(session: &mut PostgresSession, flight: Flight<'_>) -> Result<(), FlightError> {
    let reach = own_transaction::reach(flight.statements)?;
    let mut air = Air { session: &mut *session, pending: Vec::new(), answered: Instant::now(), over: false };
    let outcome = air.run(flight, reach).await;
    let over = air.over;
    if outcome.is_err() && !over && !session.client.is_closed() {
        // Whether it works or not, the first error is what matters; a broken connection rolls back by itself.
        let _ = session.query("ROLLBACK").await;
    }
    outcome
}

/// What is on its way.
struct Air<'a> {
    session: &'a mut PostgresSession,
    pending: Vec<(Whose, &'a str, Pending)>,
    answered: Instant,
    /// COMMIT was reached: whatever it answered, the transaction has ended.
    over: bool,
}

impl<'a> Air<'a> {
    async fn run(&mut self, flight: Flight<'a>, reach: Reach) -> Result<(), FlightError> {
        self.send(Whose::Ours, "BEGIN").await?;
        for statement in flight.lead {
            self.send(Whose::Ours, statement).await?;
        }
        for (index, statement) in flight.statements.iter().enumerate() {
            match statement.copy_data {
                None => self.send(Whose::User(index), statement.text).await?,
                Some(_) => self.copy(index, statement).await?,
            }
        }
        for statement in flight.trail {
            self.send(Whose::Ours, statement).await?;
        }
        if let Some(guard) = flight.guard {
            self.land().await?;
            self.check(guard).await?;
        }
        if reach == Reach::MayHealItself {
            self.land().await?;
        }
        self.commit().await
    }

    async fn send(&mut self, whose: Whose, sql: &'a str) -> Result<(), FlightError> {
        let pending = self.session.send(sql).await.map_err(FlightError::Own)?;
        self.pending.push((whose, sql, pending));
        Ok(())
    }

    /// Awaits every answer; the first failure is the one that counts, those after it follow from it.
    async fn land(&mut self) -> Result<(), FlightError> {
        let mut first = Ok(());
        for (whose, sql, pending) in std::mem::take(&mut self.pending) {
            let answer = self.session.answer(sql, pending, self.answered).await;
            self.answered = Instant::now();
            if let (Ok(()), Err(error)) = (&first, answer) {
                first = Err(whose.failed(error));
            }
        }
        first
    }

    async fn copy(&mut self, index: usize, statement: &Statement<'_>) -> Result<(), FlightError> {
        self.land().await?;
        self.session.copy(statement).await.map_err(|error| Whose::User(index).failed(error))
    }

    async fn check(&mut self, guard: &Guard) -> Result<(), FlightError> {
        let rows = self.session.query(&guard.sql).await.map_err(FlightError::Own)?;
        let found = rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten();
        if found.as_deref() == Some(guard.expect.as_str()) { Ok(()) } else { Err(FlightError::Guard(found)) }
    }

    async fn commit(&mut self) -> Result<(), FlightError> {
        let pending = self.session.send(COMMIT).await.map_err(FlightError::Own)?;
        let landed = self.land().await;
        let committed = self.session.answer(COMMIT, pending, self.answered).await;
        landed.map_err(|error| match error {
            // A server that said why it ended the session before COMMIT has rolled back; silence leaves it open.
            FlightError::Own(error) if error.sql().is_none() => FlightError::Own(left_open(error)),
            other => other,
        })?;
        self.over = committed.as_ref().err().is_none_or(|error| !fails_before_commit(error));
        committed.map(drop).map_err(|error| match error.kind() {
            ErrorKind::ConnectionLost => FlightError::Own(left_open(error)),
            _ => FlightError::Own(error.context("the server refused at COMMIT")),
        })
    }
}

/// May it be the `SELECT 1` that failed? It can by a cancel or a timeout (57…), in a failed transaction (25…) or for want
/// of memory (53…) only.
fn fails_before_commit(error: &Error) -> bool {
    error.sqlstate().is_none_or(|code| ["57", "25", "53"].iter().any(|class| code.starts_with(class)))
}

/// COMMIT was on its way: a lost answer leaves open what became of it.
fn left_open(error: Error) -> Error {
    match error.kind() {
        ErrorKind::ConnectionLost => {
            error.context("the connection was lost before COMMIT was answered: whether it was committed is not known")
        }
        _ => error,
    }
}
