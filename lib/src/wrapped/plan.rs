//! What the other program will be asked to do, as a plan.

use std::collections::HashSet;

use crate::config::CommandLine;
use crate::dialect::{Direction, Version};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::{Goal, MigrationPlan, Rules, State, refuse};
use crate::plan::{Action, Plan, PlanKind, Risk, Step};
use crate::revisions::{Revision, Tool, Undo};

use super::Wrapped;

/// One call of the program: the values of its line's places, and what it must have done when it ends.
pub(super) struct Call<'a> {
    pub(super) line: &'a CommandLine,
    pub(super) values: Vec<(&'static str, String)>,
    /// What it applies, or the one that it undoes.
    pub(super) revisions: Vec<&'a Revision>,
}

/// What is to be done with files and rules, whatever the session.
#[derive(Clone, Copy)]
pub(super) struct Course<'a> {
    pub(super) wrapped: &'a Wrapped,
    pub(super) rules: &'a Rules,
}

impl<'a> Course<'a> {
    /// The way of `database` from `state` to `goal`.
    pub(super) fn plan(self, database: &str, state: &State, goal: &Goal) -> Result<MigrationPlan> {
        refuse(&state.problems)?;
        let (direction, calls) = self.calls(state, goal)?;
        let steps = calls.iter().map(|call| step(call, direction)).collect();
        let versions = calls.iter().flat_map(|call| &call.revisions).map(|it| Version::new(&it.id)).collect();
        let plan = Plan { kind: PlanKind::Migrate, database: database.to_owned(), state: state.hash.clone(), steps };
        Ok(MigrationPlan { plan, direction, versions, rehearsed: None })
    }

    /// The calls that lead from `state` to `goal`: one up for all that is pending, one down for each that is undone.
    fn calls(self, state: &State, goal: &Goal) -> Result<(Direction, Vec<Call<'a>>)> {
        match goal {
            Goal::Up => Ok((Direction::Up, self.up(state)?.into_iter().collect())),
            Goal::DownSteps(steps) => {
                Ok((Direction::Down, self.down(state, self.newest(state).take(*steps).collect())?))
            }
            Goal::DownTo(version) => Ok((Direction::Down, self.down(state, self.above(state, version)?)?)),
        }
    }

    /// The calls of a plan that was made before.
    pub(super) fn calls_of(self, plan: &MigrationPlan, state: &State) -> Result<Vec<Call<'a>>> {
        match plan.direction {
            Direction::Up => Ok(self.up(state)?.into_iter().collect()),
            Direction::Down => {
                let history = &self.wrapped.history;
                self.down(state, plan.versions.iter().filter_map(|version| history.find(version.as_str())).collect())
            }
        }
    }

    fn up(self, state: &State) -> Result<Option<Call<'a>>> {
        let history = &self.wrapped.history;
        if let Some(to) = self.rules.to.as_ref().filter(|to| history.called(to.as_str()).is_none()) {
            let message = format!("the desired version {to} is not in {}", self.wrapped.path.display());
            return Err(Error::new(ErrorKind::NotFound, message).hint("mainstay migrate status lists the versions"));
        }
        let revisions: Vec<&Revision> =
            state.pending.iter().filter_map(|version| history.find(version.as_str())).collect();
        if revisions.is_empty() {
            return Ok(None);
        }
        let line = self.wrapped.line("up", self.wrapped.runner.up.as_ref())?;
        let goal = self.rules.to.as_ref().and_then(|to| history.called(to.as_str()));
        if goal.is_some() && !line.has("to") {
            let message = format!("a version is asked for, and the runner always goes to the newest: {line}");
            return Err(Error::new(ErrorKind::Config, message)
                .hint("in mainstay.toml, under [migrations]: runner = { up = \"alembic upgrade {to}\" }"));
        }
        let newest = if history.heads.len() > 1 { "heads" } else { "head" };
        let to = goal.map_or_else(|| newest.to_owned(), |goal| goal.id.clone());
        Ok(Some(Call { line, values: vec![("to", to)], revisions }))
    }

    /// Applied revisions, the one first that can be undone first.
    fn newest(self, state: &State) -> impl Iterator<Item = &'a Revision> {
        let history = &self.wrapped.history;
        let found: Vec<&Revision> =
            state.applied.iter().rev().filter_map(|it| history.find(it.version.as_str())).collect();
        let replaced: HashSet<&str> = found.iter().flat_map(|it| it.replaces.iter().map(String::as_str)).collect();
        found.into_iter().filter(move |it| !replaced.contains(it.id.as_str()))
    }

    fn above(self, state: &State, version: &Version) -> Result<Vec<&'a Revision>> {
        let history = &self.wrapped.history;
        if matches!(version.as_str(), "0" | "base" | "zero") {
            return Ok(self.newest(state).collect());
        }
        let is_applied = |it: &&Revision| state.applied.iter().any(|done| done.version.as_str() == it.id);
        let Some(goal) = history.called(version.as_str()).filter(is_applied) else {
            let message = format!("version {version} is not applied, so there is no way down to it");
            return Err(Error::new(ErrorKind::NotFound, message)
                .hint("mainstay migrate status lists the versions; --to 0 undoes all of them"));
        };
        let app = |id: &str| id.split_once('.').map(|(app, _)| app.to_owned());
        let kept = history.until([goal.id.as_str()]);
        // Another app's migrations are undone only where they build on one that is.
        let mut gone: HashSet<&str> = HashSet::new();
        for revision in self.newest(state).collect::<Vec<_>>().into_iter().rev() {
            let same = app(&revision.id) == app(&goal.id);
            let builds = revision.parents.iter().any(|parent| gone.contains(parent.as_str()));
            if !kept.contains(revision.id.as_str()) && (same || builds) {
                gone.insert(&revision.id);
            }
        }
        Ok(self.newest(state).filter(|it| gone.contains(it.id.as_str())).collect())
    }

    fn down(self, state: &State, revisions: Vec<&'a Revision>) -> Result<Vec<Call<'a>>> {
        let mut left: Vec<&Revision> = self.newest(state).collect();
        let mut calls = Vec::with_capacity(revisions.len());
        for revision in revisions {
            if let Undo::Never(why, place) = &revision.undo {
                let message = format!("{} cannot be undone: {why}", revision.title());
                return Err(Error::new(ErrorKind::Source, message)
                    .at(place.clone())
                    .hint(format!("write a way back into {}, or restore a copy", revision.file)));
            }
            let line = self.wrapped.line("down", self.wrapped.runner.down.as_ref())?;
            calls.push(Call {
                line,
                values: back(self.wrapped.history.tool, revision, &left),
                revisions: vec![revision],
            });
            left.retain(|applied| applied.id != revision.id);
        }
        Ok(calls)
    }
}

/// The places of the line that undoes `revision`, one of those `applied`.
fn back(tool: Tool, revision: &Revision, applied: &[&Revision]) -> Vec<(&'static str, String)> {
    if tool == Tool::Alembic {
        let is_head = |it: &&&Revision| !applied.iter().any(|later| later.parents.contains(&it.id));
        let to = match (applied.iter().filter(is_head).count(), revision.parents.first()) {
            // Towards its parent Alembic would undo the other branches too; and from a merge it knows no `-1`.
            (2.., _) => format!("{}@-1", revision.id),
            (_, Some(parent)) => parent.clone(),
            (_, None) => "base".to_owned(),
        };
        return vec![("to", to), ("version", revision.id.clone()), ("app", String::new())];
    }
    let (app, name) = revision.id.split_once('.').unwrap_or(("", &revision.id));
    let is_own =
        |id: &&String| id.split_once('.').is_some_and(|(of, _)| of == app) && applied.iter().any(|it| it.id == **id);
    let before = revision.parents.iter().find(is_own).and_then(|id| id.split_once('.'));
    let to = before.map_or_else(|| "zero".to_owned(), |(_, name)| name.to_owned());
    vec![("to", to), ("version", name.to_owned()), ("app", app.to_owned())]
}

impl Call<'_> {
    /// The values as a line takes them.
    pub(super) fn values(&self) -> Vec<(&str, &str)> {
        self.values.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// The line as it is run, but for `{url}`.
    pub(super) fn words(&self) -> Vec<String> {
        self.line.filled(&self.values())
    }
}

fn step(call: &Call<'_>, direction: Direction) -> Step {
    let (word, risks): (&str, fn(&Revision) -> &Vec<Risk>) = match direction {
        Direction::Up => ("applies", |it| &it.up),
        Direction::Down => ("undoes", |it| &it.down),
    };
    let words = call.words();
    let (program, args) =
        words.split_first().map_or((String::new(), Vec::new()), |(first, rest)| (first.clone(), rest.to_vec()));
    let does = call.revisions.iter().map(|it| format!("{word} {}", it.title())).collect();
    Step {
        title: format!("run {}", words.join(" ")),
        action: Action::Program { program, args, does },
        risks: call.revisions.iter().flat_map(|it| risks(it).clone()).collect(),
        effects: Vec::new(),
    }
}
