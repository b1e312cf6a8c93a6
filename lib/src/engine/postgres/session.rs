//! A session and the task that moves its bytes.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Client, Connection, SimpleQueryMessage, SimpleQueryRow, SimpleQueryStream};

use super::attrs::Role;
use super::cancel::{Canceller, UnderWay};
use super::outgoing::Asking;
use super::{PostgresSession, error};
use crate::engine::{Row, ServerInfo};
use crate::error::{Error, ErrorKind, Result};
use crate::observer::{Event, Observer};
use crate::sql::redact;

/// What is known of a session besides what its server reports.
pub(super) struct Opened {
    pub(super) user: String,
    pub(super) database: String,
    pub(super) address: String,
    pub(super) tls: bool,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) canceller: Canceller,
    pub(super) asking: Asking,
}

/// How the connection ended, once it has.
pub(super) type LastWords = Arc<Mutex<Option<String>>>;

impl PostgresSession {
    /// Starts the task that moves the bytes, and notes what the server has said of itself.
    pub(super) fn start<S, T>(client: Client, connection: Connection<S, T>, opened: Opened) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let parameter = |name: &str| connection.parameter(name).map(str::to_owned);
        let role = Role::reported(parameter);
        let version = parameter("server_version").unwrap_or_default();
        let info = ServerInfo {
            version_number: version_number(&version),
            version,
            user: opened.user,
            superuser: parameter("is_superuser").as_deref() == Some("on"),
            database: opened.database,
            address: opened.address,
            standby: role.is_some_and(|role| role.standby),
            tls: opened.tls,
        };
        let unchecked = parameter("server_encoding").as_deref() == Some("SQL_ASCII");
        let last_words = LastWords::default();
        let driver = tokio::spawn(drive(connection, opened.observer.clone(), last_words.clone()));
        let under_way = UnderWay::new(opened.canceller);
        Self {
            client,
            driver,
            last_words,
            info,
            role,
            unchecked,
            observer: opened.observer,
            under_way,
            asking: opened.asking,
        }
    }

    /// Sends `sql` without waiting for its answer; answers come in the order of sending.
    pub(super) async fn send(&self, sql: &str) -> Result<Pending> {
        if sql.contains('\0') {
            return Err(Error::new(
                ErrorKind::Source,
                "a statement holds a NUL character, which the protocol cannot carry",
            ));
        }
        match self.client.simple_query_raw(sql).await {
            Ok(answer) => {
                self.under_way.sent();
                Ok(Pending { answer, sent: Instant::now() })
            }
            Err(refused) => Err(self.error(refused)),
        }
    }

    /// Waits for the whole answer of `pending`, the rows of the last statement that returns any.
    pub(super) async fn answer(&self, sql: &str, pending: Pending, since: Instant) -> Result<Vec<Row>> {
        let outcome = rows(pending.answer).await.map_err(|refused| self.error(refused));
        self.under_way.answered();
        self.tell(sql, since.max(pending.sent).elapsed(), outcome.as_ref().err());
        outcome
    }

    /// Runs `sql` and hands each row on as it comes, so that no answer is in memory as a whole.
    pub(super) async fn each_row(&self, sql: &str, mut take: impl FnMut(&SimpleQueryRow) -> Result<()>) -> Result<()> {
        let pending = self.send(sql).await?;
        let mut answer = std::pin::pin!(pending.answer);
        let mut outcome = Ok(());
        // After a failure the rest is waited for: what comes next on this session must not get it.
        while let Some(message) = answer.next().await {
            let taken = match message {
                Ok(SimpleQueryMessage::Row(row)) if outcome.is_ok() => take(&row),
                Ok(_) => Ok(()),
                Err(refused) => Err(self.error(refused)),
            };
            outcome = outcome.and(taken);
        }
        self.under_way.answered();
        self.tell(sql, pending.sent.elapsed(), outcome.as_ref().err());
        outcome
    }

    /// Waits for the whole answer of `pending`: how many statements were answered, and the error that stopped the rest.
    pub(super) async fn commands(&self, pending: Pending) -> (usize, Result<()>) {
        let mut answer = std::pin::pin!(pending.answer);
        let mut answered = 0;
        let mut outcome = Ok(());
        while let Some(message) = answer.next().await {
            match message {
                Ok(SimpleQueryMessage::CommandComplete(_)) => answered += 1,
                Ok(_) => {}
                Err(refused) => {
                    outcome = Err(self.error(refused));
                    break;
                }
            }
        }
        self.under_way.answered();
        (answered, outcome)
    }

    /// Tells the observer of a statement, if it listens.
    pub(super) fn tell(&self, sql: &str, took: Duration, error: Option<&Error>) {
        if self.observer.wants_sql() {
            self.observer.event(Event::Sql { sql: &redact(sql), took, error: error.map(Error::message) });
        }
    }

    /// The driver's error as ours.
    pub(super) fn error(&self, refused: tokio_postgres::Error) -> Error {
        let last_words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner).clone();
        error::in_session(refused, last_words)
    }

    /// Ends the session and waits, not for ever, until the server has been told.
    pub(super) async fn end(client: Client, driver: JoinHandle<()>) {
        drop(client);
        let _ = tokio::time::timeout(Duration::from_secs(2), driver).await;
    }
}

/// A statement that was sent and not yet answered.
pub(super) struct Pending {
    answer: SimpleQueryStream,
    sent: Instant,
}

async fn rows(answer: SimpleQueryStream) -> Result<Vec<Row>, tokio_postgres::Error> {
    let mut answer = std::pin::pin!(answer);
    let mut rows: Vec<Row> = Vec::new();
    while let Some(message) = answer.next().await {
        match message? {
            SimpleQueryMessage::RowDescription(_) => rows.clear(),
            SimpleQueryMessage::Row(row) => {
                rows.push((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect())
            }
            _ => {}
        }
    }
    Ok(rows)
}

/// Moves bytes until the session ends, hands notices on, and keeps how it ended.
async fn drive<S, T>(mut connection: Connection<S, T>, observer: Arc<dyn Observer>, last_words: LastWords)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
        match message {
            Ok(AsyncMessage::Notice(notice)) => {
                observer.event(Event::Notice { severity: notice.severity(), message: notice.message() });
            }
            Ok(_) => {}
            Err(end) => {
                let said = end.as_db_error().map_or_else(|| end.to_string(), |db| db.message().to_owned());
                *last_words.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
                return;
            }
        }
    }
}

/// `15.18 (Debian …)` as 150018, `18beta2` as 180000.
fn version_number(version: &str) -> u32 {
    let digits = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        text[..end].parse::<u32>().unwrap_or(0)
    };
    let minor = version.split_once('.').map_or(0, |(_, minor)| digits(minor));
    digits(version) * 10_000 + minor
}

#[cfg(test)]
mod tests {
    use super::version_number;

    #[test]
    fn versions_become_numbers() {
        for (version, number) in
            [("15.18 (Debian 15.18-0+deb12u1)", 150_018), ("18beta2", 180_000), ("13.0", 130_000), ("", 0)]
        {
            assert_eq!(version_number(version), number, "{version}");
        }
    }
}
