//! `migrate lint`: which migrations are looked at, and which of them run together.

use crate::dialect::{self, Dialect, Direction};
use crate::error::Result;
use crate::lint::{self, Facts, Finding, Input, Settings};
use crate::sql::Flavor;

use super::{Folder, State};

/// Migrations to look at.
pub struct Subject<'a> {
    /// Those of one list are applied together.
    pub runs: Vec<Vec<&'a dialect::Migration>>,
    /// Whose rules the scripts follow.
    pub flavor: Flavor,
    /// How they are laid out.
    pub dialect: &'a dyn Dialect,
    /// Whether any migration of the folder has a way back: where none has, nobody wants to hear that one is missing.
    pub has_downs: bool,
}

impl Folder {
    /// The migrations to look at: those that are pending in the ledger, as one run. Where there is no ledger, or `all` are
    /// wanted, all of them, each applied one a run of its own: what its predecessors have made has rows by then.
    pub fn subject(&self, state: Option<&State>, all: bool) -> Subject<'_> {
        let state = state.filter(|state| state.has_ledger);
        let is_pending = |one: &dialect::Migration| state.is_some_and(|state| state.pending.contains(&one.version));
        let (pending, applied): (Vec<_>, Vec<_>) = self.migrations.iter().partition(|one| is_pending(one));
        let alone = applied.into_iter().filter(|_| all || state.is_none()).map(|one| vec![one]);
        self.subject_of(alone.chain((!pending.is_empty()).then_some(pending)).collect())
    }

    /// The same for migrations that somebody has chosen.
    pub fn subject_of<'a>(&'a self, runs: Vec<Vec<&'a dialect::Migration>>) -> Subject<'a> {
        let has_downs = self.migrations.iter().any(|migration| migration.script(Direction::Down).is_some());
        Subject { runs, flavor: self.flavor, dialect: self.dialect.as_ref(), has_downs }
    }
}

impl Subject<'_> {
    /// How many migrations there are.
    pub fn count(&self) -> usize {
        self.runs.iter().map(Vec::len).sum()
    }

    /// What the rules find, with what is known of the live database.
    ///
    /// # Errors
    /// [`ErrorKind::Source`](crate::ErrorKind::Source) with the place: a comment allows a rule that there is not.
    pub fn lint(&self, facts: Option<&Facts>, settings: &Settings) -> Result<Vec<Finding>> {
        let runs = self.runs.iter().map(|run| run.iter().map(|migration| (*migration).into()).collect()).collect();
        lint::lint(&Input {
            flavor: self.flavor,
            runs,
            facts,
            settings,
            no_transaction: self.dialect.no_transaction(),
            has_downs: self.has_downs,
        })
    }
}

impl<'a> From<&'a dialect::Script> for lint::Script<'a> {
    fn from(script: &'a dialect::Script) -> Self {
        let directives = &script.directives;
        Self {
            file: &script.file,
            text: &script.text,
            transaction: !directives.no_transaction,
            allow: &directives.allow_rules,
            may_delete: directives.allow.contains(&crate::plan::Hazard::DeletesData),
        }
    }
}

impl<'a> From<&'a dialect::Migration> for lint::Migration<'a> {
    fn from(migration: &'a dialect::Migration) -> Self {
        Self { up: (&migration.up).into(), down: migration.down.as_ref().map(Into::into) }
    }
}
