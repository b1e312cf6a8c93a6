//! Statements that wait for their locks and say for whom.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::{Flight, FlightError, Session, first_cell};
use crate::error::Result;
use crate::observer::{Event, Observer};
use crate::sql::{Flavor, Statement, TokenKind, literal, significant};

use super::failure;

/// A session whose statements step back when a lock is not to be had, and try again for a while.
pub struct Patient<'a> {
    pub(super) session: &'a mut dyn Session,
    /// How long in all a statement tries again.
    patience: Duration,
    observer: &'a Arc<dyn Observer>,
}

impl<'a> Patient<'a> {
    /// Tries again for `patience`.
    pub fn new(session: &'a mut dyn Session, patience: Duration, observer: &'a Arc<dyn Observer>) -> Self {
        Self { session, patience, observer }
    }

    /// Runs `flight` as one transaction; again with a pause where a lock timed out, since nothing of it has happened then.
    ///
    /// # Errors
    /// As [`Session::fly`].
    pub async fn fly(&mut self, flight: Flight<'_>) -> Result<(), FlightError> {
        let started = Instant::now();
        let mut attempt = 0;
        loop {
            match self.session.fly(flight).await {
                Err(error) if failure::is_lock_timeout(&error) && started.elapsed() < self.patience => {
                    attempt += 1;
                    self.wait_for_lock(attempt).await;
                }
                result => return result,
            }
        }
    }

    /// Runs `statement` outside a transaction of ours. What an interrupted CREATE INDEX CONCURRENTLY of the same index has left is
    /// dropped first. CONCURRENTLY forms run without a lock timeout: they wait behind every old snapshot by design, and
    /// being killed there leaves an INVALID index. Other statements step back and try again, unless they are `inside` a
    /// transaction that the script itself has begun: what fails there ends it.
    ///
    /// # Errors
    /// The statement's own, or that of the lock that was not to be had.
    pub async fn run(&mut self, statement: &Statement<'_>, inside: bool) -> Result<()> {
        let flavor = self.session.flavor();
        if let Some(index) = concurrent_index(statement.text, flavor) {
            self.drop_invalid(&index).await?;
        }
        if flavor == Flavor::Postgres && is_concurrent(statement.text) {
            let before = self.session.query("SELECT current_setting('lock_timeout')").await?;
            self.session.query("SET lock_timeout = 0").await?;
            let result = self.session.run(statement).await;
            if let Some(value) = first_cell(&before) {
                self.session.query(&format!("SET lock_timeout = {}", literal(value))).await?;
            }
            return result;
        }
        let started = Instant::now();
        let mut attempt = 0;
        loop {
            match self.session.run(statement).await {
                Err(error) if error.sqlstate() == Some("55P03") && !inside && started.elapsed() < self.patience => {
                    attempt += 1;
                    self.wait_for_lock(attempt).await;
                }
                result => return result,
            }
        }
    }

    /// Who is likely in the way, one phrase.
    pub async fn in_the_way(&mut self) -> String {
        let blockers = self.session.blockers().await.unwrap_or_default();
        let names: Vec<String> = blockers.into_iter().map(|holder| holder.description).collect();
        if names.is_empty() { "another session".to_owned() } else { names.join("; ") }
    }

    /// Says who is in the way and pauses, longer each time, so that those queued behind our DDL get their turn.
    async fn wait_for_lock(&mut self, attempt: u32) {
        let who = self.in_the_way().await;
        let reason = format!("a lock is held by {who} (attempt {attempt})");
        self.observer.event(Event::Waiting { reason: &reason });
        tokio::time::sleep(jitter(Duration::from_millis(100 << attempt.min(5)))).await;
    }

    /// A failed CREATE INDEX CONCURRENTLY leaves an INVALID index behind: in the way of the next attempt, of no use to anyone.
    /// One on another table, or one that somebody is building right now, is not ours to drop: the server then says that the
    /// name is taken.
    async fn drop_invalid(&mut self, wanted: &ConcurrentIndex) -> Result<()> {
        let invalid = self
            .session
            .query(&format!(
                "SELECT i.indexrelid::regclass::text FROM pg_index i \
                 WHERE i.indexrelid = to_regclass({}) AND i.indrelid = to_regclass({}) AND NOT i.indisvalid \
                 AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.relation = i.indrelid AND l.pid <> pg_backend_pid() \
                 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
                 AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted)",
                literal(&wanted.name),
                literal(&wanted.table)
            ))
            .await?;
        let Some(Some(index)) = invalid.into_iter().next().and_then(|row| row.into_iter().next()) else {
            return Ok(());
        };
        let message =
            format!("index {index} was left INVALID by an earlier attempt: dropping it, then building it again");
        self.observer.event(Event::Warning { message: &message });
        self.session.query("SET lock_timeout = 0").await?;
        self.session.query(&format!("DROP INDEX CONCURRENTLY {index}")).await?;
        Ok(())
    }
}

/// The word stands within so many tokens of the start, also in `ALTER TABLE … DETACH PARTITION … CONCURRENTLY` with every
/// name qualified. Bare, it is never a name: it is reserved.
const HEAD: usize = 16;

fn is_concurrent(sql: &str) -> bool {
    significant(sql, Flavor::Postgres)
        .take(HEAD)
        .any(|token| token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case("concurrently"))
}

/// An index to be built, names as SQL.
#[derive(Debug, PartialEq)]
struct ConcurrentIndex {
    /// With the table's schema, where the index will be.
    name: String,
    table: String,
}

/// The index that `CREATE [UNIQUE] INDEX CONCURRENTLY [IF NOT EXISTS] name ON [ONLY] [schema.]table` builds.
fn concurrent_index(sql: &str, flavor: Flavor) -> Option<ConcurrentIndex> {
    if flavor != Flavor::Postgres {
        return None;
    }
    let mut tokens = significant(sql, flavor).peekable();
    let is = |text: &str, word: &str| text.eq_ignore_ascii_case(word);
    tokens.next().filter(|token| is(token.text, "create"))?;
    tokens.next_if(|token| is(token.text, "unique"));
    tokens.next().filter(|token| is(token.text, "index"))?;
    tokens.next().filter(|token| is(token.text, "concurrently"))?;
    if tokens.next_if(|token| is(token.text, "if")).is_some() {
        tokens.next();
        tokens.next();
    }
    let name = tokens.next().filter(|token| !is(token.text, "on"))?.text;
    tokens.next().filter(|token| is(token.text, "on"))?;
    tokens.next_if(|token| is(token.text, "only"));
    let first = tokens.next()?.text;
    if tokens.next_if(|token| token.text == ".").is_none() {
        return Some(ConcurrentIndex { name: name.to_owned(), table: first.to_owned() });
    }
    let table = tokens.next()?.text;
    Some(ConcurrentIndex { name: format!("{first}.{name}"), table: format!("{first}.{table}") })
}

/// `pause` give or take a half, so that instances that started together do not meet again and again.
pub(super) fn jitter(pause: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish() % 1000;
    pause / 2 + pause.mul_f64(random as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrent_forms_are_known() {
        for (sql, expected) in [
            ("CREATE INDEX CONCURRENTLY i ON t (a)", true),
            ("REINDEX (VERBOSE) TABLE CONCURRENTLY t", true),
            ("ALTER TABLE IF EXISTS app.\"T\" DETACH PARTITION app.t_2020 CONCURRENTLY", true),
            ("CREATE INDEX \"concurrently\" ON t (a)", false),
            ("SELECT 'concurrently'", false),
        ] {
            assert_eq!(is_concurrent(sql), expected, "{sql}");
        }
    }

    #[test]
    fn the_name_of_a_concurrent_index_is_found() {
        let cases = [
            ("CREATE INDEX CONCURRENTLY logs_at ON logs (at)", Some(("logs_at", "logs"))),
            (
                "create unique index concurrently if not exists \"A b\" on only app.logs using btree (at)",
                Some(("app.\"A b\"", "app.logs")),
            ),
            ("CREATE INDEX CONCURRENTLY ON logs (at)", None),
            ("CREATE INDEX logs_at ON logs (at)", None),
        ];
        for (sql, expected) in cases {
            let expected = expected
                .map(|(name, table): (&str, &str)| ConcurrentIndex { name: name.to_owned(), table: table.to_owned() });
            assert_eq!(concurrent_index(sql, Flavor::Postgres), expected, "{sql}");
        }
    }
}
