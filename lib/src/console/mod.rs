//! Statements that a person types: one at a time, rows as they come, and nothing written unless that was asked for.
//!
//! Why read-only means what it does here: `docs/design/console.md`.

mod consent;
mod guard;
mod names;
mod open;
mod script;
mod transaction;

pub use consent::check as check_consent;
pub use names::{Names, RelationName};
pub use script::Script;
pub use transaction::Transaction;

use std::sync::Arc;
use std::time::Duration;

use crate::engine::{Cancel, Pieces, Rows, ServerInfo, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger;
use crate::sql::{Flavor, Statement, words};

/// How a console runs statements.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Statements may write; each is committed by itself, and BEGIN and COMMIT are the user's.
    pub write: bool,
    /// How long a statement may run; `None` leaves the server's setting. SQLite has no such limit.
    pub timeout: Option<Duration>,
    /// Roles that only read: the first one there is takes a superuser's place while nothing is to be written.
    pub readers: Vec<String>,
}

/// A session for statements that a person types.
pub struct Console {
    session: Box<dyn Session>,
    write: bool,
    /// What begins each read-only transaction; empty for SQLite.
    lead: String,
    /// Whose rights a read-only statement has, if not the session's own.
    reader: Option<String>,
    watch: transaction::Watch,
}

/// What a statement did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Rows changed, for INSERT, UPDATE, DELETE, MERGE and COPY … FROM.
    pub changed: Option<u64>,
}

impl Console {
    /// Whose lexical rules its statements follow.
    pub fn flavor(&self) -> Flavor {
        self.session.flavor()
    }

    /// The role that read-only statements run as where it is not the one connected as.
    pub fn reader(&self) -> Option<&str> {
        self.reader.as_deref()
    }

    /// What is known of the server.
    pub fn server(&self) -> &ServerInfo {
        self.session.server()
    }

    /// Where the user's own transaction stands; without writing there is never one.
    pub fn transaction(&self) -> Transaction {
        self.watch.state()
    }

    /// Cancels the statement that runs: for a signal's handler.
    pub fn cancel_handle(&self) -> Arc<dyn Cancel> {
        self.session.cancel_handle()
    }

    /// The session itself, for what Mainstay has to ask.
    pub fn session(&mut self) -> &mut dyn Session {
        self.session.as_mut()
    }

    /// Is the database itself marked as production? `false` too where this role may not read the mark.
    pub(crate) async fn is_production(&mut self) -> bool {
        ledger::is_marked(self.session.as_mut()).await
    }

    /// Runs one statement and hands its rows on.
    ///
    /// # Errors
    /// [`ErrorKind::Sql`] in the server's words, [`ErrorKind::Refused`] for what may write where nothing is to be written,
    /// [`ErrorKind::Io`] with the writer's own error where `rows` takes no more: the console is of no use then.
    pub async fn run(&mut self, statement: &Statement<'_>, rows: &mut dyn Rows) -> Result<Done> {
        if !self.write {
            guard::check(statement, self.flavor())?;
        }
        let outcome = match self.write || self.flavor() == Flavor::Sqlite {
            true => self.session.stream(statement, rows).await,
            false => self.only_read(statement, rows).await,
        };
        let count = self.ended(statement.text, outcome)?;
        Ok(Done { changed: changes_rows(statement.text, self.flavor()).then_some(count) })
    }

    /// Runs one `COPY … FROM stdin` with the rows that `pieces` gives.
    ///
    /// # Errors
    /// As [`Console::run`]; [`ErrorKind::Io`] where `pieces` fails: nothing is stored then.
    pub async fn copy_in(&mut self, statement: &Statement<'_>, pieces: &mut dyn Pieces) -> Result<Done> {
        if !self.write {
            guard::check(statement, self.flavor())?;
        }
        let outcome = self.session.copy_in(statement.text, pieces).await;
        Ok(Done { changed: Some(self.ended(statement.text, outcome)?) })
    }

    /// Ends the session in order.
    pub async fn close(self) {
        self.session.close().await;
    }

    /// One statement in a transaction of its own that is rolled back whatever comes.
    async fn only_read(&mut self, statement: &Statement<'_>, rows: &mut dyn Rows) -> Result<u64> {
        let outcome = match self.session.query(&self.lead).await {
            Ok(_) => self.session.stream(statement, rows).await,
            Err(error) => Err(error.context("cannot begin a read-only transaction")),
        };
        match &outcome {
            // The rows are not taken, or nobody is there to take a ROLLBACK: either way the session ends, and with it all it did.
            Err(error) if matches!(error.kind(), ErrorKind::Io | ErrorKind::ConnectionLost) => outcome,
            _ => {
                self.session.query("ROLLBACK").await?;
                outcome
            }
        }
    }

    /// Notes how `sql` ended, and adds what helps.
    fn ended(&mut self, sql: &str, outcome: Result<u64>) -> Result<u64> {
        match &outcome {
            Err(error) if error.kind() == ErrorKind::ConnectionLost => self.watch.lost(),
            Err(error) if error.sqlstate().is_none() => {}
            _ if self.write => self.watch.ran(sql, self.session.flavor(), outcome.is_ok()),
            _ => {}
        }
        outcome.map_err(|error| self.advised(error))
    }

    fn advised(&self, error: Error) -> Error {
        let code = error.sqlstate().unwrap_or_default().to_owned();
        match (code.as_str(), &self.reader) {
            _ if self.write => error,
            ("25006" | "SQLITE_READONLY", _) => error.hint(guard::TO_WRITE),
            ("57014", _) => error.hint("allow it more time: mainstay sql --timeout 10min …"),
            ("42501", Some(reader)) => error.hint(format!(
                "a superuser's console reads as role {reader}; grant it SELECT, or connect as another role: mainstay sql -U ROLE …"
            )),
            _ => error,
        }
    }
}

/// Is `sql` of a kind whose count of changed rows people want to know?
fn changes_rows(sql: &str, flavor: Flavor) -> bool {
    let first = words(sql, flavor, 1);
    match first.first().map(String::as_str) {
        Some("INSERT" | "UPDATE" | "DELETE" | "MERGE" | "REPLACE") => true,
        Some("COPY") => guard::copies_in(sql),
        Some("WITH") => guard::changes_after_with(sql, flavor),
        _ => false,
    }
}
