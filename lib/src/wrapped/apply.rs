//! Running the other program under our lock, and believing its ledger rather than its exit code.

use std::time::{Duration, Instant};

use async_trait::async_trait;

use crate::dialect::{Direction, Version};
use crate::engine::{Flight, FlightError, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::{self as own, Entry};
use crate::migrate::{self, Created, Done, Goal, Migrates, MigrationPlan, Report, State};
use crate::observer::Event;
use crate::plan::Action;
use crate::revisions::Tool;

use super::plan::Call;
use super::{Hand, ledger, state};

#[async_trait]
impl Migrates for Hand<'_> {
    fn session(&mut self) -> &mut dyn Session {
        self.session
    }

    async fn state(&mut self) -> Result<State> {
        let tool = self.wrapped.history.tool;
        let entries = ledger::read(self.session, tool).await?;
        if entries.is_none() {
            let mut others = migrate::foreign_ledgers(self.session).await?;
            // Django began where South ended.
            others.retain(|table| tool != Tool::Django || table != ledger::table(Tool::South));
            migrate::refuse_foreign_ledger(&others, tool.name())?;
        }
        Ok(state::compare(self.wrapped, entries.as_deref(), self.rules))
    }

    fn plan(&self, state: &State, goal: &Goal) -> Result<MigrationPlan> {
        self.course().plan(&self.session.server().database, state, goal)
    }

    fn ready(&self, plan: &MigrationPlan) -> Result<()> {
        plan.plan.steps.iter().try_for_each(|step| match &step.action {
            Action::Program { program, .. } => self.wrapped.workshop.find(program).map(drop),
            _ => Ok(()),
        })
    }

    async fn lock(&mut self) -> Result<()> {
        migrate::lock(self.session, self.rules, &self.observer).await
    }

    async fn unlock(&mut self) {
        migrate::unlock(self.session).await;
    }

    async fn apply(&mut self, plan: &MigrationPlan) -> Result<Report> {
        let before = self.state().await?;
        if before.hash != plan.plan.state {
            let message = "the ledger or the files have changed since this plan was made";
            return Err(Error::new(ErrorKind::Refused, message).hint("make it again: mainstay migrate plan"));
        }
        let started = Instant::now();
        let mut done = Vec::new();
        let result = self.run_all(plan, &before, &mut done).await;
        self.write_down(plan.direction, &done, started.elapsed(), result.as_ref().err()).await;
        let version = result?.version;
        Ok(Report { direction: plan.direction, done, version })
    }

    async fn create(&mut self, name: &str) -> Result<Created> {
        self.write_new(name).await
    }
}

impl Hand<'_> {
    /// The plan's calls one by one, each checked; returns the state after the last one.
    async fn run_all(&mut self, plan: &MigrationPlan, before: &State, done: &mut Vec<Done>) -> Result<State> {
        let mut now = before.clone();
        for call in self.course().calls_of(plan, before)? {
            let title = format!("run {}", call.words().join(" "));
            self.observer.event(Event::StepStarted { title: &title });
            let started = Instant::now();
            let ran = self.wrapped.workshop.run(call.line, &call.values(), &self.observer).await;
            let after = match self.state().await {
                Ok(after) => after,
                // Then nobody knows where it stands: the program's own failure says more than ours to look.
                Err(error) => {
                    return Err(ran.err().unwrap_or(error).hint("see where it stands: mainstay migrate status"));
                }
            };
            let moved = moved(&call, &after, plan.direction);
            done.extend(moved.iter().cloned());
            if let Err(error) = ran {
                return Err(failed(error, &call, &moved, &after, plan.direction));
            }
            if moved.len() < call.revisions.len() {
                return Err(self.lied(&call, &now.version, &after, plan.direction));
            }
            if plan.direction == Direction::Down && after.applied.len() + 1 < now.applied.len() {
                return Err(went_too_far(&call, &now, &after));
            }
            self.observer.event(Event::StepDone { title: &title, took: started.elapsed() });
            now = after;
        }
        Ok(now)
    }

    /// It ended well, and its ledger has not moved as it should have.
    fn lied(&self, call: &Call<'_>, before: &Option<Version>, after: &State, direction: Direction) -> Error {
        let line = call.words().join(" ");
        let (stands, table) = (standing(after), ledger::table(self.wrapped.history.tool));
        let still = match direction {
            Direction::Up if *before == after.version => format!("applied nothing: {stands}"),
            Direction::Up => format!("{stands}, with {} still pending", after.pending.len()),
            Direction::Down => format!("{stands}, so {} is not undone", call.revisions[0].title()),
        };
        Error::new(ErrorKind::Verification, format!("`{line}` ended well, but {still}"))
            .source(format!("{table} in `{}` says so", self.session.server().database))
            .hint("does it work on another database? It must connect by the DATABASE_URL that it is given, or by PG*")
            .hint("see where this one stands: mainstay migrate status")
    }

    /// The journal's line; a role that may not write it has still migrated.
    async fn write_down(&mut self, direction: Direction, done: &[Done], took: Duration, error: Option<&Error>) {
        let flavor = self.session.flavor();
        let versions: Vec<&str> = done.iter().map(|done| done.version.as_str()).collect();
        let entry = Entry {
            action: if direction == Direction::Up { "migrate up" } else { "migrate down" }.to_owned(),
            detail: versions.join(" "),
            host: self.rules.host.clone(),
            seconds: took.as_secs_f64(),
            result: error.map_or_else(|| "ok".to_owned(), |error| error.message().to_owned()),
        };
        // Where it cannot be asked, the flight says so.
        let mut statements = own::missing(self.session).await.unwrap_or_default();
        statements.push(own::journal_insert(flavor, &entry));
        if let Err(FlightError::Own(error) | FlightError::Statement(_, error)) =
            self.session.fly(Flight { lead: &statements, ..Flight::default() }).await
        {
            let message = format!("the journal could not be written: {}", error.message());
            self.observer.event(Event::Warning { message: &message });
        }
    }
}

/// One step back was asked for, and more is gone.
fn went_too_far(call: &Call<'_>, before: &State, after: &State) -> Error {
    let stays = |id: &Version| after.applied.iter().any(|applied| applied.version.as_str() == id.as_str());
    let gone =
        before.applied.iter().filter(|applied| !stays(&applied.version)).map(|applied| applied.version.to_string());
    let (line, asked) = (call.words().join(" "), call.revisions[0].title());
    let gone: Vec<String> = gone.collect();
    Error::new(ErrorKind::Verification, format!("`{line}` undid {}, and only {asked} was to be undone", gone.join(", ")))
        .hint("it must go back one revision: runner = { down = \"alembic downgrade {to}\" } under [migrations] in mainstay.toml")
        .hint("to have them back: mainstay migrate up")
}

/// What of the call's revisions is now where it should be.
fn moved(call: &Call<'_>, after: &State, direction: Direction) -> Vec<Done> {
    let stands = |id: &str| after.applied.iter().any(|applied| applied.version.as_str() == id);
    let there = call.revisions.iter().filter(|it| stands(&it.id) == (direction == Direction::Up));
    there.map(|it| Done { version: Version::new(&it.id), name: it.name.clone(), seconds: None }).collect()
}

fn standing(state: &State) -> String {
    match &state.version {
        Some(version) => format!("the database is at {version}"),
        None => "the database has no revision".to_owned(),
    }
}

/// Adds where the database stands now.
fn failed(error: Error, call: &Call<'_>, moved: &[Done], after: &State, direction: Direction) -> Error {
    let (word, done) = if direction == Direction::Up { ("up", "applied") } else { ("down", "undone") };
    let what = match moved {
        [] => format!("nothing was {done}"),
        [one] => format!("{} was {done} and stays so", one.version),
        [first, .., last] => {
            format!("{} revisions, {} to {}, were {done} and stay so", moved.len(), first.version, last.version)
        }
    };
    let error = error.hint(format!("{}; {what}", standing(after)));
    let stands = |id: &str| moved.iter().any(|done| done.version.as_str() == id);
    let begun = call.revisions.iter().filter(|_| direction == Direction::Up).find(|it| !stands(&it.id));
    let error = match begun.and_then(|it| Some((it, it.commits.as_ref()?))) {
        Some((revision, place)) => error.hint(format!(
            "{} ends its transaction on the way ({}:{}): what it did up to there stays",
            revision.title(),
            place.file,
            place.line
        )),
        None => error,
    };
    error.hint(format!("mend what its last lines name, then: mainstay migrate {word}"))
}
