//! From a state and a goal to a plan.

use std::time::Duration;

use crate::dialect::{AppliedState, Direction, Migration, UNWRITTEN, Version};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Action, Hazard, Plan, PlanKind, Risk, SqlStep, Step, risks};
use crate::sql::Flavor;

use super::{Folder, Migrator, Rules, State, refuse};

/// Where to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Apply what is pending, up to the rules' desired version.
    Up,
    /// Go back until `Version` is the highest applied one; version `0` undoes everything.
    DownTo(Version),
    /// Go back so many migrations.
    DownSteps(usize),
}

/// A plan with the migrations that its steps are, in the same order.
#[derive(Clone, Debug)]
pub struct MigrationPlan {
    /// The printable plan.
    pub plan: Plan,
    /// Up or down.
    pub direction: Direction,
    /// The versions, a step each.
    pub versions: Vec<Version>,
    /// What a rehearsal of the same plan has come to, one line; `None` where none is known of.
    pub rehearsed: Option<String>,
}

impl Migrator<'_> {
    /// Plans the way from `state` to `goal`.
    ///
    /// # Errors
    /// [`ErrorKind::Verification`]: ledger and folder disagree. [`ErrorKind::NotFound`]: no such version.
    /// [`ErrorKind::Source`]: a migration on the way down has no down script.
    pub fn plan(&self, state: &State, goal: &Goal) -> Result<MigrationPlan> {
        plan(self.folder, self.rules, &self.session.server().database, state, goal)
    }
}

/// The way of `database` from `state` to `goal`.
pub(super) fn plan(
    folder: &Folder,
    rules: &Rules,
    database: &str,
    state: &State,
    goal: &Goal,
) -> Result<MigrationPlan> {
    refuse(&state.problems)?;
    if *goal == Goal::Up {
        known_goal(folder, rules)?;
    }
    let (direction, versions) = match goal {
        Goal::Up => (Direction::Up, state.pending.clone()),
        Goal::DownSteps(steps) => (Direction::Down, way_down(state).take(*steps).collect()),
        Goal::DownTo(version) => (Direction::Down, down_to(state, version)?),
    };
    let mut steps = Vec::with_capacity(versions.len());
    for version in &versions {
        let migration = known(folder, version)?;
        if direction == Direction::Up && is_blank(migration, folder) {
            return Err(Error::new(ErrorKind::Source, format!("{} has no statement yet", migration.title()))
                .hint(format!("write it: {}", folder.path.join(&migration.up.file).display()))
                .hint("one that is to do nothing says so: SELECT 1;"));
        }
        steps.push(step(migration, direction, folder.flavor, rules)?);
    }
    let plan = Plan { kind: PlanKind::Migrate, database: database.to_owned(), state: state.hash.clone(), steps };
    Ok(MigrationPlan { plan, direction, versions, rehearsed: None })
}

fn way_down(state: &State) -> impl Iterator<Item = Version> {
    state.applied.iter().rev().map(|applied| applied.version.clone())
}

fn down_to(state: &State, version: &Version) -> Result<Vec<Version>> {
    let zero = Version::new("0");
    let is_applied =
        state.applied.iter().any(|applied| applied.version == *version && applied.state == AppliedState::Done);
    if *version != zero && !is_applied {
        return Err(Error::new(
            ErrorKind::NotFound,
            format!("version {version} is not applied, so there is no way down to it"),
        )
        .hint("mainstay migrate status lists the versions; --to 0 undoes all of them"));
    }
    Ok(way_down(state).take_while(|applied| applied > version).collect())
}

/// A desired version that no file has is a slip of the pen: without this, everything below it would be applied.
fn known_goal(folder: &Folder, rules: &Rules) -> Result<()> {
    let Some(to) = rules.to.as_ref().filter(|to| to.as_str() != "0" && folder.find(to).is_none()) else {
        return Ok(());
    };
    let path = folder.path.display();
    Err(Error::new(ErrorKind::NotFound, format!("the desired version {to} is not in {path}"))
        .hint("mainstay migrate status lists the versions"))
}

fn known<'a>(folder: &'a Folder, version: &Version) -> Result<&'a Migration> {
    folder.find(version).ok_or_else(|| {
        Error::new(ErrorKind::Source, format!("version {version} has no file in {}", folder.path.display()))
    })
}

/// Whether a migration is still what `migrate new` has written.
pub(super) fn is_blank(migration: &Migration, folder: &Folder) -> bool {
    migration.up.text.lines().any(|line| line == UNWRITTEN) && migration.up.statements(folder.flavor).is_empty()
}

fn step(migration: &Migration, direction: Direction, flavor: Flavor, rules: &Rules) -> Result<Step> {
    let script = migration.script(direction).ok_or_else(|| {
        if !migration.up.directives.replaces.is_empty() {
            let message = format!("{} cannot be undone: it stands for a whole history", migration.title());
            return Error::new(ErrorKind::Source, message)
                .hint("restore a copy from before, or go back with the files from before the squash");
        }
        Error::new(ErrorKind::Source, format!("{} cannot be undone: it has no down script", migration.title()))
            .hint(format!("write one beside {}, or restore a copy", migration.up.file))
    })?;
    let statements = script.statements(flavor);
    let directives = &script.directives;
    let mut found: Vec<Risk> = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        let lost = |risk: &Risk| risk.hazard != Hazard::DeletesData || !directives.rebuilds_all(&risk.tables);
        for mut risk in risks(statement.text, flavor, index).into_iter().filter(lost) {
            risk.allowed = directives.allow.contains(&risk.hazard);
            risk.place = Some(script.place(statement, None));
            found.push(risk);
        }
    }
    // SQLite has neither setting.
    let of_server = |limit: Option<Duration>| limit.filter(|_| flavor == Flavor::Postgres);
    let word = if direction == Direction::Up { "apply" } else { "undo" };
    Ok(Step {
        title: format!("{word} {}", migration.title()),
        action: Action::Sql(SqlStep {
            database: None,
            transaction: !directives.no_transaction,
            without_foreign_keys: directives.foreign_keys_off && flavor == Flavor::Sqlite,
            lock_timeout: of_server(directives.lock_timeout.or(Some(rules.lock_timeout))),
            statement_timeout: of_server(directives.statement_timeout.or(rules.statement_timeout)),
            statements: statements.iter().map(|statement| statement.text.to_owned()).collect(),
        }),
        risks: found,
        effects: Vec::new(),
    })
}

impl MigrationPlan {
    /// The risks that need consent and have none from the script itself: hazard, step title and risk.
    pub fn unallowed(&self) -> impl Iterator<Item = (Hazard, &str, &Risk)> {
        self.plan
            .risks()
            .filter(|(_, risk)| risk.hazard.needs_consent() && !risk.allowed)
            .map(|(title, risk)| (risk.hazard, title, risk))
    }
}
