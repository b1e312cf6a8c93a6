//! The rehearsal itself: plan, clone, one migration after the other, report.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::Name;
use crate::conn::Target;
use crate::dialect::Migration;
use crate::engine::{self, Context, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::{Folder, Goal, MigrationPlan, Remembered, Source, count_rows_at_stake};
use crate::observer::{Event, Silent};
use crate::plan::{Action, Hazard, LockMode};
use crate::sql::{Flavor, Statement, redact};
use crate::trace::{self, Traced};

use super::clone::{self, Clone};
use super::listener::Listener;
use super::report::{Broken, Failure, Rehearsed};
use super::rows::Inventory;
use super::seen::{Seen, Sight};
use super::watched::Watched;
use super::{Cloned, Offence, Options, Prospect, Rehearsal, Subject, assemble, memory};

#[cfg(feature = "postgres")]
use super::offence;

/// What a rehearsal would do: what is pending, and how the clone would be made. The database is only read, and no clone is made.
///
/// # Errors
/// As [`rehearse`], as far as that can be known before.
pub async fn ahead(subject: &Subject<'_>, options: Options) -> Result<Prospect> {
    let plan = plan(subject).await?.plan;
    if plan.is_empty() {
        return Ok(Prospect { plan, how: None, because: None, bytes: None });
    }
    let (how, because, bytes) = clone::ahead(subject, &plan, options).await?;
    Ok(Prospect { plan: plan.redacted(), how: Some(how), because, bytes })
}

/// Runs what is pending on a clone of the database, which is gone afterwards unless `options` keep it, and remembers what was
/// found. A migration that fails there is part of what was found, and no error.
///
/// # Errors
/// Ledger and files disagree, a migration would reach beyond any clone, there is no room for one, or none can be made.
pub async fn rehearse(subject: &Subject<'_>, options: Options) -> Result<Rehearsal> {
    let mut plan = plan(subject).await?;
    let of = plan.versions.len();
    if plan.plan.is_empty() {
        let (clone, migrations, uncounted) = (None, Vec::new(), Vec::new());
        return Ok(Rehearsal { clone, migrations, of, uncounted, plan: plan.plan });
    }
    let clone = Clone::make(subject, &plan.plan, options).await?;
    let outcome = on_clone(subject, &clone.target(), of).await;
    let told = end(clone, options, &plan.plan.database, subject).await;
    let (migrations, uncounted) = outcome?;
    let memory = remember(subject, &plan, &migrations);
    plan.learn(&memory);
    Ok(Rehearsal { clone: Some(told), migrations, of, uncounted, plan: plan.plan.redacted() })
}

/// What is pending on the database, which is only read.
async fn plan(subject: &Subject<'_>) -> Result<MigrationPlan> {
    let source = (subject.source)(subject.target)?;
    let mut session = enter(subject, subject.target, subject.context).await?;
    #[cfg(feature = "postgres")]
    if session.flavor() == Flavor::Postgres {
        super::postgres::step_back(session.as_mut(), subject).await?;
    }
    let mut migrator = source.on(session.as_mut(), subject.rules, Arc::clone(&subject.context.observer));
    let state = migrator.state().await?;
    let mut plan = migrator.plan(&state, &Goal::Up)?;
    count_rows_at_stake(migrator.session(), &mut plan.plan).await;
    drop(migrator);
    session.close().await;
    Ok(plan)
}

/// The clone goes, or stays where it was asked for; what was found on it counts in either case.
async fn end(clone: Clone, options: Options, database: &str, subject: &Subject<'_>) -> Cloned {
    let told = clone.told.clone();
    match clone.end(options.keep, database).await {
        Ok(told) => told,
        Err(error) => {
            let message = format!("the clone could not be ended in order: {}", error.message());
            subject.context.observer.event(Event::Warning { message: &message });
            told
        }
    }
}

async fn enter(subject: &Subject<'_>, target: &Target, context: &Context) -> Result<Box<dyn Session>> {
    let mut session = engine::connect(target, context).await?;
    engine::act_as(session.as_mut(), subject.owner).await?;
    Ok(session)
}

/// Runs everything pending on the clone at `target`.
async fn on_clone(subject: &Subject<'_>, target: &Target, of: usize) -> Result<(Vec<Rehearsed>, Vec<Name>)> {
    let stage = Stage::open(subject, target, of).await?;
    stage.run_all().await
}

/// The clone with the sessions on it.
struct Stage<'a> {
    subject: &'a Subject<'a>,
    source: Box<dyn Source>,
    /// The scripts, where they are ours.
    folder: Option<Folder>,
    watched: Watched,
    seen: Arc<Seen>,
    listener: Arc<Listener>,
    /// Counts rows and looks at what other programs do.
    counter: Box<dyn Session>,
    of: usize,
}

impl<'a> Stage<'a> {
    async fn open(subject: &'a Subject<'a>, target: &Target, of: usize) -> Result<Self> {
        let keeps_time = target.flavor() == Flavor::Sqlite;
        let listener = Arc::new(Listener::new(Arc::clone(&subject.context.observer), keeps_time));
        let heard = Context { observer: listener.clone(), ..subject.context.clone() };
        let silent = Context { observer: Arc::new(Silent), ..subject.context.clone() };
        let seen: Arc<Seen> = Arc::default();
        let (inner, watcher) = (enter(subject, target, &heard).await?, enter(subject, target, &silent).await?);
        let mut counter = enter(subject, target, &silent).await?;
        if counter.flavor() == Flavor::Postgres {
            // Rows that row security hides would seem not to be there.
            counter.query("SET row_security = off").await?;
        }
        let watched = Watched::new(inner, watcher, seen.clone(), listener.clone());
        let source = (subject.source)(target)?;
        let folder = (subject.source)(target)?.into_folder();
        Ok(Self { subject, source, folder, watched, seen, listener, counter, of })
    }

    async fn run_all(mut self) -> Result<(Vec<Rehearsed>, Vec<Name>)> {
        let mut done: Vec<Rehearsed> = Vec::new();
        self.say("counting rows", 0, None);
        let mut before = Moment::take(self.counter.as_mut()).await?;
        loop {
            self.say("rehearsing", done.len(), Some(self.of));
            let Some(plan) = self.next(done.last()).await? else { break };
            let (one, after) = self.run(&plan, &before).await?;
            done.push(one);
            match after {
                Some(after) if done.iter().all(|one| one.failure.is_none()) => before = after,
                _ => break,
            }
        }
        Box::new(self.watched).close().await;
        self.counter.close().await;
        Ok((done, before.stock.uncounted()))
    }

    /// The next migration alone, so that it is told by itself; another program does all that is pending at once.
    async fn next(&mut self, last: Option<&Rehearsed>) -> Result<Option<MigrationPlan>> {
        let mut migrator = self.source.on(&mut self.watched, self.subject.rules, self.listener.clone());
        let state = migrator.state().await?;
        let mut plan = migrator.plan(&state, &Goal::Up)?;
        if plan.plan.steps.iter().all(|step| matches!(step.action, Action::Sql(_))) {
            plan.plan.steps.truncate(1);
            plan.versions.truncate(1);
        }
        let again = last.is_some_and(|last| last.versions == plan.versions);
        Ok((!plan.plan.is_empty() && !again).then_some(plan))
    }

    /// What came of `plan`, and what is there then; `None` where nobody can look any more.
    async fn run(&mut self, plan: &MigrationPlan, before: &Moment) -> Result<(Rehearsed, Option<Moment>)> {
        self.seen.take();
        let programs = plan.plan.steps.iter().any(|step| matches!(step.action, Action::Program { .. }));
        let mut migrator = self.source.on(&mut self.watched, self.subject.rules, self.listener.clone());
        let (applied, others) = match programs {
            true => trace::others(migrator.apply(plan), self.counter.as_mut()).await?,
            false => (migrator.apply(plan).await, Traced::default()),
        };
        drop(migrator);
        let sight = self.seen.take();
        let migration = self.migration(plan);
        let statements = migration.as_ref().map(|one| one.up.statements(self.watched.flavor())).unwrap_or_default();
        let mut failure = match &applied {
            Ok(_) => None,
            Err(error) => Some(self.failure(error, &statements, &sight).await),
        };
        let touched = touched(&sight, programs || self.watched.flavor() == Flavor::Sqlite);
        // A server that crashed takes all sessions along; what was seen before still counts.
        let after = match before.again(self.counter.as_mut(), touched.as_ref()).await {
            Ok(after) => Some(after),
            Err(error) if error.kind() == ErrorKind::ConnectionLost => {
                failure.get_or_insert_with(|| Failure::of(&error, None, None));
                None
            }
            Err(error) => return Err(error),
        };
        let broken = match &after {
            Some(after) => before.broken(after, self.counter.as_mut()).await,
            None => Vec::new(),
        };
        let ran = assemble::statements(migration.as_ref(), &statements, &sight, &before.stock);
        let one = Rehearsed {
            title: plan.plan.steps.first().map(|step| step.title.clone()).unwrap_or_default(),
            versions: plan.versions.clone(),
            seconds: match programs {
                true => others.seconds,
                false => {
                    let failed = sight.failed.map_or(0.0, |(_, seconds)| seconds);
                    ran.iter().map(|one| one.traced.seconds).sum::<f64>() + sight.commits.iter().sum::<f64>() + failed
                }
            },
            locks: match programs {
                true => assemble::held_by_others(&others, &before.stock),
                false => assemble::held(&ran, &before.stock),
            },
            rewritten: match programs {
                true => assemble::rewritten(&others, None, &before.stock),
                false => assemble::rewritten_by(&ran, &before.stock),
            },
            polled: others.polled || ran.iter().any(|one| one.traced.polled),
            statements: ran,
            rows: after.as_ref().map(|after| before.stock.changes(&after.stock)).unwrap_or_default(),
            lost_columns: after.as_ref().map(|after| before.stock.lost_columns(&after.stock)).unwrap_or_default(),
            broken,
            failure,
        };
        Ok((one, after))
    }

    /// The script of a plan's one step, where it is ours.
    fn migration(&self, plan: &MigrationPlan) -> Option<Migration> {
        let [version] = plan.versions.as_slice() else { return None };
        self.folder.as_ref()?.find(version).cloned()
    }

    async fn failure(&mut self, error: &Error, statements: &[Statement<'_>], sight: &Sight) -> Failure {
        let offence = self.offence(error, statements, sight).await;
        let broken = sight.failed.and_then(|(offset, seconds)| {
            let statement = statements.iter().position(|one| one.offset == offset)?;
            Some(Broken { statement, text: redact(statements[statement].text), seconds })
        });
        Failure::of(error, broken, offence)
    }

    #[cfg(feature = "postgres")]
    async fn offence(&mut self, error: &Error, statements: &[Statement<'_>], sight: &Sight) -> Option<Offence> {
        if self.watched.flavor() != Flavor::Postgres || statements.is_empty() {
            return None;
        }
        let at = sight.failed.and_then(|(offset, _)| statements.iter().position(|one| one.offset == offset));
        let failing = at.map(|at| &statements[at]);
        // What was committed statement by statement is there already.
        let open = sight.commits.len();
        let gone = sight.statements.iter().filter(|glance| glance.transaction == open).map(|glance| glance.offset);
        let gone: BTreeSet<usize> = gone.collect();
        let before: Vec<Statement<'_>> =
            statements.iter().filter(|statement| gone.contains(&statement.offset)).copied().collect();
        offence::find(self.counter.as_mut(), &before, failing, error).await
    }

    #[cfg(not(feature = "postgres"))]
    async fn offence(&mut self, _: &Error, _: &[Statement<'_>], _: &Sight) -> Option<Offence> {
        None
    }

    fn say(&self, what: &str, done: usize, total: Option<usize>) {
        let (done, total) = (done as u64, total.map(|total| total as u64));
        self.subject.context.observer.event(Event::Progress { what, done, total });
    }
}

/// What is there between two migrations.
struct Moment {
    stock: Inventory,
    #[cfg(feature = "postgres")]
    unproven: offence::Unproven,
}

impl Moment {
    async fn take(session: &mut dyn Session) -> Result<Self> {
        Ok(Self {
            stock: Inventory::take(session).await?,
            #[cfg(feature = "postgres")]
            unproven: unproven(session).await?,
        })
    }

    async fn again(&self, session: &mut dyn Session, touched: Option<&BTreeSet<Name>>) -> Result<Self> {
        Ok(Self {
            stock: self.stock.again(session, touched).await?,
            #[cfg(feature = "postgres")]
            unproven: unproven(session).await?,
        })
    }

    #[cfg(feature = "postgres")]
    async fn broken(&self, after: &Self, session: &mut dyn Session) -> Vec<Offence> {
        offence::breaking(session, &self.unproven, &after.unproven).await
    }

    #[cfg(not(feature = "postgres"))]
    async fn broken(&self, _: &Self, _: &mut dyn Session) -> Vec<Offence> {
        Vec::new()
    }
}

#[cfg(feature = "postgres")]
async fn unproven(session: &mut dyn Session) -> Result<offence::Unproven> {
    match session.flavor() {
        Flavor::Postgres => offence::unproven(session).await,
        Flavor::Sqlite => Ok(offence::Unproven::new()),
    }
}

/// The tables that may have other rows now: those that somebody may have written to. `None` where that was not seen.
fn touched(sight: &Sight, unseen: bool) -> Option<BTreeSet<Name>> {
    if unseen || sight.statements.iter().any(|glance| glance.traced.polled) {
        return None;
    }
    let locks = sight.statements.iter().flat_map(|glance| &glance.traced.locks);
    Some(locks.filter(|lock| lock.mode >= LockMode::RowExclusive).map(|lock| lock.relation.clone()).collect())
}

/// Writes down what was found, for later plans; a folder that cannot be written to is no reason to fail.
fn remember(subject: &Subject<'_>, plan: &MigrationPlan, migrations: &[Rehearsed]) -> Remembered {
    let folder = (subject.source)(subject.target).ok().and_then(|source| source.into_folder());
    let allows = |at: usize, hazard: Hazard| {
        let migration = plan.versions.get(at).and_then(|version| folder.as_ref()?.find(version));
        migration.is_some_and(|migration| migration.up.directives.allow.contains(&hazard))
    };
    let memory = memory::of(plan, migrations, &allows);
    if let Err(error) = memory.save(subject.memory, subject.target) {
        let message = format!("the rehearsal is not remembered: {}", error.message());
        subject.context.observer.event(Event::Warning { message: &message });
    }
    memory
}
