//! A migration outside a transaction: its statements one by one, each recorded, so that a second attempt goes on where the
//! first one stopped.

use std::time::Instant;

use crate::dialect::{AppliedState, Direction, Migration};
use crate::engine::first_cell;
use crate::error::Result;
use crate::observer::Event;
use crate::plan::SqlStep;
use crate::sql::{Flavor, Statement, TokenKind, literal, significant};

use super::state::find;
use super::{Applying, Migrator, State, failure};

impl Migrator<'_> {
    pub(super) async fn apply_alone(
        &mut self,
        migration: &Migration,
        direction: Direction,
        step: &SqlStep,
        state: &State,
        applying: &mut Applying,
    ) -> Result<()> {
        let folder = self.folder;
        let Some(script) = migration.script(direction) else { return Ok(()) };
        let statements = script.statements(folder.flavor);
        let record = folder.dialect.record(migration, direction, folder.flavor);
        let ran = match find(&state.applied, &migration.version).map(|applied| applied.state) {
            Some(AppliedState::Partial(done)) if direction == Direction::Up => done,
            _ => 0,
        };
        let role = self.role_before(&statements).await?;
        for setting in applying.settings.before(step, folder.flavor) {
            self.session.query(&setting).await?;
        }
        for (index, statement) in statements.iter().enumerate().skip(ran) {
            if let Some(index) = concurrent_index(statement.text, folder.flavor) {
                self.drop_invalid(&index).await?;
            }
            let result = self.run_patiently(statement, folder.flavor).await;
            result.map_err(|error| failure::statement(migration, script, &statements, index, error))?;
            if direction == Direction::Up {
                self.say_progress(migration, index + 1, statements.len()).await?;
            }
        }
        if direction == Direction::Down {
            for statement in &record.lead {
                self.session.query(statement).await?;
            }
        } else if statements.is_empty() {
            self.say_progress(migration, 0, 0).await?;
        }
        if let Some(guard) = &record.guard {
            let rows = self.session.query(&guard.sql).await?;
            let found = first_cell(&rows);
            if found != Some(guard.expect.as_str()) {
                return Err(failure::guard(migration, script, &record, found.map(str::to_owned)));
            }
        }
        for reset in applying.settings.after(&statements, folder.flavor).into_iter().chain(role) {
            self.session.query(&reset).await?;
        }
        Ok(())
    }

    async fn say_progress(&mut self, migration: &Migration, done: usize, total: usize) -> Result<()> {
        for statement in self.folder.dialect.progress(migration, done, total, self.folder.flavor) {
            self.session.query(&statement).await?;
        }
        Ok(())
    }

    /// CONCURRENTLY forms run without a lock timeout: they wait behind every old snapshot by design, and being killed there
    /// leaves an INVALID index. Other statements step back and try again.
    async fn run_patiently(&mut self, statement: &Statement<'_>, flavor: Flavor) -> Result<()> {
        let patient = flavor == Flavor::Postgres && is_concurrent(statement.text);
        if patient {
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
                Err(error) if error.sqlstate() == Some("55P03") && started.elapsed() < self.rules.lock_patience => {
                    attempt += 1;
                    self.wait_for_lock(attempt).await;
                }
                result => return result,
            }
        }
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
