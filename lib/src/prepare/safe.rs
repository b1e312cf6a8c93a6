//! Migrating with a safety copy first, under one lock.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

#[cfg(feature = "backup")]
use crate::backup::TakesBackups;
use crate::backup::{self, SafetyCopy};
use crate::config::{BackupRule, Keep};
use crate::conn::Target;
use crate::dialect::Version;
use crate::engine::{Context, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger;
use crate::migrate::{
    self, Goal, Migrates, MigrationPlan, Migrator, Remembered, Report, Source, count_rows_at_stake, refuse,
};
use crate::observer::Event;

use super::Service;

/// How safety copies are taken.
#[derive(Clone)]
pub struct Safety<'a> {
    /// Whether at all.
    pub rule: BackupRule,
    /// Where to.
    pub folder: PathBuf,
    /// Which of them are kept.
    pub keep: Keep,
    /// The value of PATH, for finding pg_dump.
    pub search_path: &'a str,
    /// Whether backups are to be encrypted: a file would lie open, and so none is written.
    pub encrypted: bool,
    /// Takes backups, where there is a place for them: then the copy is one.
    #[cfg(feature = "backup")]
    pub backups: Option<&'a dyn TakesBackups>,
}

impl Safety<'_> {
    /// Takes the copy of `target`, on which `session` is.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`] where it must not lie open; it cannot be taken.
    pub async fn take(&self, target: &Target, session: &mut dyn Session, context: &Context) -> Result<SafetyCopy> {
        #[cfg(feature = "backup")]
        if let Some(backups) = self.backups {
            return backup::safety_backup(backups).await;
        }
        if self.encrypted {
            let message = "the safety copy would lie open, and [backup] encrypt wants backups encrypted";
            return Err(Error::new(ErrorKind::Refused, message)
                .hint("nothing was changed; take an encrypted backup: mainstay backup create")
                .hint("then go on without the copy: [migrations] backup = \"never\" in mainstay.toml"));
        }
        let label = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        backup::safety_copy(target, session, &self.folder, &label, self.search_path, context).await
    }

    /// Gives up older copies of `target`, once what `safety` was taken for is done: while it fails again and again, the first copy
    /// is the one that is wanted. That they cannot be removed is told, and is no failure.
    pub(crate) fn prune(&self, target: &Target, safety: &mut SafetyOutcome, context: &Context) {
        let SafetyOutcome::Taken(copy) = safety else { return };
        if copy.id.is_some() {
            return;
        }
        match backup::prune_copies(target, &self.folder, self.keep, &copy.path) {
            Ok(removed) => copy.removed = removed,
            Err(error) => {
                let message = format!("older safety copies are not pruned: {}", error.one_line());
                context.observer.event(Event::Warning { message: &message });
            }
        }
    }
}

/// What became of the safety copy.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "safety", rename_all = "kebab-case")]
pub enum SafetyOutcome {
    /// Nothing was applied, or there were no rows to lose.
    NotNeeded,
    /// The configuration says never.
    SwitchedOff,
    /// Taken and read back whole.
    Taken(SafetyCopy),
}

/// What a safe run did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Migrated {
    /// What was applied or undone; `None`: nothing was to be done.
    pub report: Option<Report>,
    /// What became of the safety copy.
    pub safety: SafetyOutcome,
    /// The version the database is at.
    pub version: Option<Version>,
}

/// How often a run starts over because another instance slipped past the lock, as a pooler between may let it.
const RUNS: usize = 30;

/// Brings the database to `goal`: nothing is taken or locked when it is there already.
///
/// # Errors
/// Ledger and folder disagree, consent is missing, the copy fails (then nothing is migrated), or a migration fails.
pub async fn safe_migrate(
    session: &mut dyn Session,
    source: &dyn Source,
    goal: &Goal,
    service: &Service<'_>,
) -> Result<Migrated> {
    match standing(session, source, goal, service).await? {
        Standing::There(version) => Ok(Migrated { report: None, safety: SafetyOutcome::NotNeeded, version }),
        Standing::Pending => run(session, source, goal, service).await,
    }
}

/// Where the database stands against a goal.
pub(super) enum Standing {
    /// At it, with its version.
    There(Option<Version>),
    /// There is something to do.
    Pending,
}

/// Looks whether there is anything to do: one query, no lock, no write.
pub(super) async fn standing(
    session: &mut dyn Session,
    source: &dyn Source,
    goal: &Goal,
    service: &Service<'_>,
) -> Result<Standing> {
    let mut migrator = source.on(session, service.rules, Arc::clone(&service.context.observer));
    let state = migrator.state().await?;
    refuse(&state.problems)?;
    if !migrator.plan(&state, goal)?.plan.is_empty() {
        return Ok(Standing::Pending);
    }
    remember_environment(migrator.as_mut(), &state, service.environment).await?;
    Ok(Standing::There(state.version().cloned()))
}

/// Does what there is to do, under the lock.
pub(super) async fn run(
    session: &mut dyn Session,
    source: &dyn Source,
    goal: &Goal,
    service: &Service<'_>,
) -> Result<Migrated> {
    let mut migrator = source.on(session, service.rules, Arc::clone(&service.context.observer));
    let mut runs = 1;
    loop {
        migrator.lock().await?;
        let result = under_lock(migrator.as_mut(), goal, service).await;
        migrator.unlock().await;
        match result {
            Err(error) if error.kind() == ErrorKind::Locked && runs < RUNS => {
                runs += 1;
                Migrator::pause().await;
            }
            result => return result,
        }
    }
}

async fn under_lock(migrator: &mut dyn Migrates, goal: &Goal, service: &Service<'_>) -> Result<Migrated> {
    // Another instance may have done it all while we waited for the lock.
    let state = migrator.state().await?;
    let mut plan = migrator.plan(&state, goal)?;
    if plan.plan.is_empty() {
        return Ok(Migrated { report: None, safety: SafetyOutcome::NotNeeded, version: state.version().cloned() });
    }
    if let Some(remembered) = Remembered::open(&service.memory, service.target) {
        plan.learn(&remembered);
    }
    let rows = needs_rows(&plan, service.safety.rule) && backup::has_rows(migrator.session()).await?;
    let marker = migrate::environment(migrator.session(), &state).await?;
    // Neither a stale marker nor a missing line in the configuration makes production anything less.
    let production = [marker.as_deref(), service.environment].contains(&Some("production"));
    if rows && plan.unallowed().next().is_some() {
        count_rows_at_stake(migrator.session(), &mut plan.plan).await;
    }
    service.consent.check(&plan, rows, production)?;
    migrator.ready(&plan)?;
    let mut safety = match service.safety.rule {
        BackupRule::Never => SafetyOutcome::SwitchedOff,
        BackupRule::Before if !rows => SafetyOutcome::NotNeeded,
        BackupRule::Before => {
            SafetyOutcome::Taken(service.safety.take(service.target, migrator.session(), service.context).await?)
        }
    };
    let report = migrator.apply(&plan).await.map_err(overtaken).map_err(|error| name_copy(error, &safety))?;
    remember_environment(migrator, &state, service.environment).await?;
    service.safety.prune(service.target, &mut safety, service.context);
    Ok(Migrated { version: report.version.clone(), report: Some(report), safety })
}

/// The plan was made under the lock: if it is stale all the same, another instance has slipped past.
fn overtaken(error: Error) -> Error {
    if error.kind() != ErrorKind::Refused {
        return error;
    }
    error.context("another instance migrates this database at the same time").of_kind(ErrorKind::Locked)
}

/// What is half done is not undone by itself, and a failed program may have changed anything: its user wants to know of the copy.
fn name_copy(error: Error, safety: &SafetyOutcome) -> Error {
    match safety {
        SafetyOutcome::Taken(copy) if error.is_half_done() || error.kind() == ErrorKind::Program => {
            let hint = format!("the database as it was before is in {}", copy.path.display());
            error.hint(hint).with_copy(copy.name())
        }
        _ => error,
    }
}

/// Whether it matters that the database has rows: for a copy, or for a hazard.
fn needs_rows(plan: &MigrationPlan, rule: BackupRule) -> bool {
    rule == BackupRule::Before || plan.plan.risks().any(|(_, risk)| risk.hazard.needs_consent())
}

/// Writes the environment marker into the database where the configuration names another one than it has.
async fn remember_environment(
    migrator: &mut dyn Migrates,
    state: &migrate::State,
    environment: Option<&str>,
) -> Result<()> {
    let Some(environment) = environment.filter(|wanted| state.environment.as_deref() != Some(*wanted)) else {
        return Ok(());
    };
    if migrate::environment(migrator.session(), state).await?.as_deref() == Some(environment) {
        return Ok(());
    }
    let flavor = migrator.session().flavor();
    let mut statements = ledger::create(flavor);
    statements.push(ledger::set_setting(flavor, "environment", environment));
    for statement in &statements {
        migrator.session().query(statement).await?;
    }
    Ok(())
}
