//! A session on the clone that looks on while the runner of migrations works with it as with any other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::Mutex;

use crate::catalog::{Catalog, Scope};
use crate::engine::{Cancel, Flight, FlightError, Holder, Pieces, Row, Rows, ServerInfo, Session, Witness};
use crate::error::{Error, Result};
use crate::sql::{Flavor, Statement, redact, words};
use crate::trace::{self, Traced, Tracer};

use super::listener::Listener;
use super::seen::Seen;

/// A session whose statements are traced.
pub(super) struct Watched {
    inner: Box<dyn Session>,
    /// Looks at what runs in no transaction.
    watcher: Box<dyn Session>,
    /// A script's own transaction, while it is open.
    own: Option<Tracer>,
    seen: Arc<Seen>,
    listener: Arc<Listener>,
}

impl Watched {
    pub(super) fn new(
        inner: Box<dyn Session>,
        watcher: Box<dyn Session>,
        seen: Arc<Seen>,
        listener: Arc<Listener>,
    ) -> Self {
        Self { inner, watcher, own: None, seen, listener }
    }

    async fn run_seen(&mut self, statement: &Statement<'_>) -> Result<()> {
        let started = Instant::now();
        if self.inner.flavor() == Flavor::Sqlite {
            self.inner.run(statement).await?;
            self.seen.add(statement.offset, timed(started.elapsed()));
            self.seen.committed(Duration::ZERO);
            return Ok(());
        }
        if begins(statement.text) {
            self.inner.run(statement).await?;
            self.own = Some(Tracer::begin(self.inner.as_mut()).await?);
            return Ok(());
        }
        if let Some(mut tracer) = self.own.take() {
            if ends(statement.text) {
                self.inner.run(statement).await?;
                self.seen.committed(started.elapsed());
                return Ok(());
            }
            let traced = tracer.run(self.inner.as_mut(), statement).await?;
            self.own = Some(tracer);
            self.seen.add(statement.offset, traced);
            return Ok(());
        }
        // In a transaction of its own a statement shows every lock; it is the same as in none, where it may be in one at all.
        let traced = match trace::alone(self.inner.as_mut(), statement).await {
            Err(error) if runs_outside(&error) => {
                trace::polled(self.inner.as_mut(), statement, self.watcher.as_mut()).await?
            }
            traced => traced?,
        };
        self.seen.add(statement.offset, traced);
        self.seen.committed(Duration::ZERO);
        Ok(())
    }

    /// An SQLite flight, with the times that its session has told.
    async fn fly_timed(&mut self, flight: Flight<'_>) -> Result<(), FlightError> {
        self.listener.heard();
        let flown = self.inner.fly(flight).await;
        let mut heard = self.listener.heard().into_iter();
        for statement in flight.statements {
            let text = redact(statement.text);
            let Some((_, took)) = heard.find(|(sql, _)| *sql == text) else { break };
            self.seen.add(statement.offset, timed(took));
        }
        if flown.is_ok() {
            self.seen.committed(heard.last().map_or(Duration::ZERO, |(_, took)| took));
        }
        flown
    }
}

fn timed(took: Duration) -> Traced {
    Traced { seconds: took.as_secs_f64(), ..Traced::default() }
}

/// What PostgreSQL refuses in a transaction, or in one that somebody else has begun.
fn runs_outside(error: &Error) -> bool {
    matches!(error.sqlstate(), Some("25001" | "2D000"))
}

fn begins(sql: &str) -> bool {
    let words = words(sql, Flavor::Postgres, 2);
    matches!(words.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), ["BEGIN", ..] | ["START", "TRANSACTION"])
}

fn ends(sql: &str) -> bool {
    let words = words(sql, Flavor::Postgres, 3);
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["ROLLBACK", "TO", ..] | ["ROLLBACK", _, "TO"] => false,
        ["COMMIT" | "END" | "ROLLBACK" | "ABORT", ..] | ["PREPARE", "TRANSACTION", ..] => true,
        _ => false,
    }
}

/// Looks on at one flight.
struct Looker<'a> {
    statements: &'a [Statement<'a>],
    /// When the statement began that runs now.
    since: Mutex<Instant>,
    tracer: Mutex<Option<Tracer>>,
    seen: &'a Seen,
}

#[async_trait]
impl Witness for Looker<'_> {
    async fn begun(&self, session: &mut dyn Session) -> Result<()> {
        *self.tracer.lock().await = Some(Tracer::begin(session).await?);
        *self.since.lock().await = Instant::now();
        Ok(())
    }

    async fn ran(&self, session: &mut dyn Session, index: usize, took: Duration) -> Result<()> {
        let statement = &self.statements[index];
        if let Some(tracer) = self.tracer.lock().await.as_mut() {
            let traced = tracer.ran(session, statement.text, took).await?;
            self.seen.add(statement.offset, traced);
        }
        *self.since.lock().await = Instant::now();
        Ok(())
    }

    fn committed(&self, took: Duration) {
        self.seen.committed(took);
    }
}

#[async_trait]
impl Session for Watched {
    fn flavor(&self) -> Flavor {
        self.inner.flavor()
    }

    fn server(&self) -> &ServerInfo {
        self.inner.server()
    }

    async fn query(&mut self, sql: &str) -> Result<Vec<Row>> {
        self.inner.query(sql).await
    }

    async fn run(&mut self, statement: &Statement<'_>) -> Result<()> {
        let started = Instant::now();
        let ran = self.run_seen(statement).await;
        if ran.is_err() {
            self.own = None;
            self.seen.failed(statement.offset, started.elapsed());
        }
        ran
    }

    async fn stream(&mut self, statement: &Statement<'_>, rows: &mut dyn Rows) -> Result<u64> {
        self.inner.stream(statement, rows).await
    }

    async fn copy_in(&mut self, sql: &str, pieces: &mut dyn Pieces) -> Result<u64> {
        self.inner.copy_in(sql, pieces).await
    }

    async fn fly(&mut self, flight: Flight<'_>) -> Result<(), FlightError> {
        if flight.statements.is_empty() {
            return self.inner.fly(flight).await;
        }
        self.seen.start_over();
        let started = Instant::now();
        let (flown, failed_after) = match self.inner.flavor() {
            Flavor::Sqlite => {
                let flown = self.fly_timed(flight).await;
                let before = self.seen.seconds();
                (flown, started.elapsed().saturating_sub(before))
            }
            Flavor::Postgres => {
                let (tracer, since) = (Mutex::default(), Mutex::new(started));
                let looker = Looker { statements: flight.statements, since, tracer, seen: self.seen.as_ref() };
                let flown = self.inner.fly(Flight { witness: Some(&looker), ..flight }).await;
                let since = *looker.since.lock().await;
                (flown, since.elapsed())
            }
        };
        if let Err(FlightError::Statement(index, _)) = &flown {
            self.seen.failed(flight.statements[*index].offset, failed_after);
        }
        flown
    }

    async fn try_lock(&mut self, name: &str) -> Result<bool> {
        self.inner.try_lock(name).await
    }

    async fn unlock(&mut self, name: &str) -> Result<()> {
        self.inner.unlock(name).await
    }

    async fn lock_holder(&mut self, name: &str) -> Result<Option<Holder>> {
        self.inner.lock_holder(name).await
    }

    async fn blockers(&mut self) -> Result<Vec<Holder>> {
        self.inner.blockers().await
    }

    fn cancel_handle(&self) -> Arc<dyn Cancel> {
        self.inner.cancel_handle()
    }

    async fn catalog(&mut self, scope: Scope) -> Result<Catalog> {
        self.inner.catalog(scope).await
    }

    async fn close(self: Box<Self>) {
        self.inner.close().await;
        self.watcher.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scripts_own_transactions_are_seen() {
        for (sql, expected) in [
            ("BEGIN", (true, false)),
            ("start transaction isolation level serializable", (true, false)),
            ("COMMIT", (false, true)),
            ("end", (false, true)),
            ("ROLLBACK", (false, true)),
            ("ROLLBACK TO SAVEPOINT a", (false, false)),
            ("rollback work to a", (false, false)),
            ("SAVEPOINT a", (false, false)),
            ("CREATE TABLE begin (a int)", (false, false)),
        ] {
            assert_eq!((begins(sql), ends(sql)), expected, "{sql}");
        }
    }
}
