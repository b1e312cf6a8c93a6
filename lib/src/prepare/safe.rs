//! Migrating with a safety copy first, under one lock.

use std::sync::Arc;

use serde::Serialize;

use crate::backup;
use crate::config::BackupRule;
use crate::dialect::Version;
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::ledger;
use crate::migrate::{
    self, Goal, Migrates, MigrationPlan, Migrator, Remembered, Report, Source, count_rows_at_stake, refuse,
};
use crate::plan::Action;

use super::{SafetyOutcome, Service};

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
            let copy = service.safety.take(service.target, migrator.session(), service.context).await?;
            match rolls_back(&plan) {
                true => service.safety.begin(service.target, &plan.plan.state, &copy, service.context).await,
                false => service.safety.end(service.target),
            }
            SafetyOutcome::Taken(copy)
        }
    };
    let applied = migrator.apply(&plan).await.map_err(overtaken);
    if safety.is_taken() && applied.as_ref().err().is_none_or(|error| error.kind() != ErrorKind::ConnectionLost) {
        service.safety.end(service.target);
    }
    let report = match applied {
        Ok(report) => report,
        Err(error) if safety.is_taken() && nothing_is_done(migrator, &plan, &error).await => {
            return Err(service.safety.give_up(safety, error, service.context).await);
        }
        Err(error) => return Err(name_copy(error, &safety)),
    };
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

/// Whether the database is for sure as it was when the copy was taken: the server says what failed, and it is nothing of its own
/// (SQLSTATE classes 58 and XX, whose damage nobody rolls back), or we have refused what a migration left; all of it was in
/// transactions of ours, and no migration of the run stands in the ledger.
async fn nothing_is_done(migrator: &mut dyn Migrates, plan: &MigrationPlan, error: &Error) -> bool {
    let refused = match error.sqlstate() {
        Some(code) => !code.starts_with("58") && !code.starts_with("XX"),
        None => error.kind() == ErrorKind::Verification,
    };
    if !refused || error.is_half_done() || !rolls_back(plan) {
        return false;
    }
    migrator.state().await.is_ok_and(|state| state.hash == plan.plan.state)
}

/// Whether everything in it is in a transaction of ours: what does not stand in the ledger afterwards was not done.
fn rolls_back(plan: &MigrationPlan) -> bool {
    plan.plan.steps.iter().all(|step| matches!(&step.action, Action::Sql(sql) if sql.transaction))
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
