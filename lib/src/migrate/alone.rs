//! A migration outside a transaction: its statements one by one, each recorded, so that a second attempt goes on where the
//! first one stopped.

use std::time::Instant;

use crate::dialect::{AppliedState, Direction, Migration, rules_transaction};
use crate::error::Result;
use crate::observer::Event;
use crate::plan::SqlStep;
use crate::sql::{Flavor, Statement, TokenKind, literal, tokens, words};

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
        let record = folder.dialect.record(migration, &folder.migrations, direction, folder.flavor);
        let ran = match find(&state.applied, &migration.version).map(|applied| applied.state) {
            Some(AppliedState::Partial(done)) if direction == Direction::Up => done,
            _ => 0,
        };
        for setting in applying.settings.before(step, folder.flavor) {
            self.session.query(&setting).await?;
        }
        for announcement in folder.dialect.announce(migration, &folder.migrations, direction, folder.flavor) {
            self.session.query(&announcement).await?;
        }
        for (index, statement) in statements.iter().enumerate().skip(ran) {
            if let Some(index_name) = concurrent_index(statement.text, folder.flavor) {
                self.drop_invalid(&index_name).await?;
            }
            let result = self.run_patiently(statement, folder.flavor).await;
            if let Err(error) = result {
                self.leave_transaction(&statements[..index]).await;
                return Err(failure::statement(folder, migration, script, &statements, index, error));
            }
            if direction == Direction::Up {
                self.say_progress(migration, index + 1, statements.len()).await?;
            }
        }
        if direction == Direction::Down {
            for statement in record.lead.iter().chain(&record.trail) {
                self.session.query(statement).await?;
            }
        } else if statements.is_empty() {
            self.say_progress(migration, 0, 0).await?;
        }
        if let Some(guard) = &record.guard {
            let rows = self.session.query(&guard.sql).await?;
            let found = rows.first().and_then(|row| row.first().cloned().flatten());
            if found.as_deref() != Some(guard.expect.as_str()) {
                return Err(failure::guard(migration, script, &record, found));
            }
        }
        for reset in applying.settings.after(&statements, folder.flavor) {
            self.session.query(&reset).await?;
        }
        Ok(())
    }

    async fn say_progress(&mut self, migration: &Migration, done: usize, total: usize) -> Result<()> {
        let folder = self.folder;
        for statement in folder.dialect.progress(migration, &folder.migrations, done, total, folder.flavor) {
            self.session.query(&statement).await?;
        }
        Ok(())
    }

    /// A script that began a transaction of its own and failed in it leaves the session unfit for anything else.
    async fn leave_transaction(&mut self, ran: &[Statement<'_>]) {
        let flavor = self.folder.flavor;
        if ran.iter().any(|statement| rules_transaction(statement.text, flavor)) {
            // It may be over already; where the connection is lost, the server has rolled back.
            let _ = self.session.query("ROLLBACK").await;
        }
    }

    /// CONCURRENTLY forms run without a lock timeout: they wait behind every old snapshot by design, and being killed there
    /// leaves an INVALID index. Other statements step back and try again.
    async fn run_patiently(&mut self, statement: &Statement<'_>, flavor: Flavor) -> Result<()> {
        let patient = flavor == Flavor::Postgres && is_concurrent(statement.text);
        if patient {
            let before = self.session.query("SELECT current_setting('lock_timeout')").await?;
            self.session.query("SET lock_timeout = 0").await?;
            let result = self.session.run(statement).await;
            if let Some(value) = before.first().and_then(|row| row.first().cloned().flatten()) {
                self.session.query(&format!("SET lock_timeout = {}", literal(&value))).await?;
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
    async fn drop_invalid(&mut self, name: &str) -> Result<()> {
        let invalid = self
            .session
            .query(&format!(
                "SELECT i.indexrelid::regclass::text FROM pg_index i WHERE i.indexrelid = to_regclass({}) AND NOT i.indisvalid",
                literal(name)
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

fn is_concurrent(sql: &str) -> bool {
    words(sql, Flavor::Postgres, 8).iter().any(|word| word == "CONCURRENTLY")
}

/// The name that `CREATE [UNIQUE] INDEX CONCURRENTLY [IF NOT EXISTS] name ON [ONLY] [schema.]table` gives to its index, with
/// the table's schema, where the index will be.
fn concurrent_index(sql: &str, flavor: Flavor) -> Option<String> {
    if flavor != Flavor::Postgres {
        return None;
    }
    let mut tokens = tokens(sql, flavor)
        .into_iter()
        .filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment))
        .peekable();
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
    let qualified = tokens.next().is_some_and(|token| token.text == ".");
    Some(if qualified { format!("{first}.{name}") } else { name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_concurrent_index_is_found() {
        let cases = [
            ("CREATE INDEX CONCURRENTLY logs_at ON logs (at)", Some("logs_at")),
            (
                "create unique index concurrently if not exists \"A b\" on only app.logs using btree (at)",
                Some("app.\"A b\""),
            ),
            ("CREATE INDEX CONCURRENTLY ON logs (at)", None),
            ("CREATE INDEX logs_at ON logs (at)", None),
        ];
        for (sql, expected) in cases {
            assert_eq!(concurrent_index(sql, Flavor::Postgres).as_deref(), expected, "{sql}");
        }
    }
}
