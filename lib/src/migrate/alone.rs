//! A migration outside a transaction: its statements one by one, each recorded, so that a second attempt goes on where the
//! first one stopped.

use crate::dialect::{AppliedState, Direction, Migration, rules_transaction};
use crate::engine::first_cell;
use crate::error::Result;
use crate::plan::SqlStep;
use crate::sql::{Flavor, Statement, words};

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
        let role = self.role_before(&statements).await?;
        for setting in applying.settings.before(step, folder.flavor) {
            self.session.query(&setting).await?;
        }
        for announcement in folder.dialect.announce(migration, &folder.migrations, direction, folder.flavor) {
            self.session.query(&announcement).await?;
        }
        for (index, statement) in statements.iter().enumerate().skip(ran) {
            let inside = is_inside(&statements[..index], folder.flavor);
            let result = self.patient().run(statement, inside).await;
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
}

/// Has a script that `ran` so far begun a transaction that is not over?
fn is_inside(ran: &[Statement<'_>], flavor: Flavor) -> bool {
    let last = ran.iter().rev().find(|statement| rules_transaction(statement.text, flavor));
    let word = last.and_then(|statement| words(statement.text, flavor, 1).into_iter().next());
    !matches!(word.as_deref(), None | Some("COMMIT" | "END" | "ROLLBACK" | "ABORT"))
}
