//! Applying a plan from one schema to another: on the state that it was made for, step by step.

mod file;
mod under_way;

pub use file::read_plan;

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::backup;
use crate::catalog::Scope;
use crate::config::BackupRule;
use crate::engine::{Flight, FlightError, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::{self, Line};
use crate::migrate::{Patient, count_rows_at_stake, lock, unlock};
use crate::observer::Event;
use crate::plan::{Action, Plan, PlanKind, Risk, SqlStep, Step};
use crate::prepare::{SafetyOutcome, Service};
use crate::sql::{Flavor, Statement, redact, split};
use crate::states::{examined, make_role_hint, schema_only};

use under_way::{GO_ON, UnderWay};

/// What the journal calls it.
const ACTION: &str = "schema apply";

/// What applying a plan did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Applied {
    /// The titles of its steps, in order.
    pub steps: Vec<String>,
    /// What became of the safety copy.
    pub safety: SafetyOutcome,
    /// From first to last, in seconds.
    pub seconds: f64,
}

/// Applies `plan` under the lock that migrations take, a safety copy first where rows are to be lost.
///
/// # Errors
/// [`ErrorKind::Refused`]: the schema is not the one that the plan was made for, or consent is missing; nothing was done then. Else
/// the error of the step that failed; the steps before it stay.
pub async fn apply(session: &mut dyn Session, plan: &Plan, service: &Service<'_>) -> Result<Applied> {
    refuse_foreign(plan)?;
    lock(session, service.rules, &service.context.observer).await?;
    let applied = under_lock(session, plan, service).await;
    unlock(session).await;
    applied
}

/// What `plan` would do to the database of `session`, which is only read: its steps with every risk that its statements have,
/// whatever its file says, and what it would lose in rows.
///
/// # Errors
/// [`ErrorKind::Refused`]: the schema is not the one that the plan was made for.
pub async fn preview(session: &mut dyn Session, plan: &Plan) -> Result<Plan> {
    refuse_foreign(plan)?;
    let mut plan = fresh(session, plan).await?;
    count_rows_at_stake(session, &mut plan).await;
    Ok(plan)
}

/// Steps that no plan of a schema has are not run.
fn refuse_foreign(plan: &Plan) -> Result<()> {
    if plan.kind != PlanKind::Schema {
        return Err(Error::new(ErrorKind::Usage, "this plan is not one from a schema to another")
            .hint("make one: mainstay schema diff FROM TO --format json -o FILE"));
    }
    let elsewhere = |step: &Step| matches!(&step.action, Action::Sql(sql) if sql.database.is_some());
    if let Some(step) = plan.steps.iter().find(|step| elsewhere(step)) {
        let message = format!("`{}` is of another database: a schema's plan has no such step", step.title);
        return Err(Error::new(ErrorKind::Unsupported, message).hint("nothing was run; make the plan again"));
    }
    Ok(())
}

async fn under_lock(session: &mut dyn Session, plan: &Plan, service: &Service<'_>) -> Result<Applied> {
    let started = Instant::now();
    let mut plan = fresh(session, plan).await?;
    plan.allow(&service.consent.allow);
    let rows = plan.risks().any(|(_, risk)| risk.hazard.needs_consent()) && backup::has_rows(session).await?;
    if rows && plan.unallowed().next().is_some() {
        count_rows_at_stake(session, &mut plan).await;
    }
    let production = ledger::is_production(session, service.environment).await?;
    service.consent.check_plan(&plan, rows, production, "mainstay schema apply PLAN --dry-run")?;
    let loses = rows && plan.risks().any(|(_, risk)| risk.hazard.loses_rows());
    let mut safety = match service.safety.rule {
        _ if !loses => SafetyOutcome::NotNeeded,
        BackupRule::Never => SafetyOutcome::SwitchedOff,
        BackupRule::Before => {
            SafetyOutcome::Taken(service.safety.take(service.target, session, service.context).await?)
        }
    };
    let line = match plan.is_empty() {
        true => None,
        false => journal(Line::begin(session, ACTION, &detail(&plan, 0), &service.rules.host).await, service),
    };
    let mut way = UnderWay::begin(&plan, service.context.observer.as_ref());
    let outcome = all(session, &plan, &mut way, service).await;
    way.end();
    if let Some(line) = line {
        journal(line.end(session, detail(&plan, way.steps()), outcome.as_ref().err()).await, service);
    }
    outcome?;
    service.safety.prune(service.target, &mut safety, service.context);
    let steps = plan.steps.iter().map(|step| step.title.clone()).collect();
    Ok(Applied { steps, safety, seconds: started.elapsed().as_secs_f64() })
}

/// Every step in its turn.
async fn all(session: &mut dyn Session, plan: &Plan, way: &mut UnderWay<'_>, service: &Service<'_>) -> Result<()> {
    for at in 0..plan.steps.len() {
        run(session, plan, at, service).await?;
        way.step_done();
    }
    Ok(())
}

/// What was done, for the journal: `1 of 2 steps: create table public.device`.
fn detail(plan: &Plan, done: usize) -> String {
    let titles: Vec<&str> = plan.steps[..done].iter().map(|step| step.title.as_str()).collect();
    format!("{done} of {} steps: {}", plan.steps.len(), titles.join("; "))
}

/// A role that may not write the journal may still apply a plan.
fn journal<T>(written: Result<T>, service: &Service<'_>) -> Option<T> {
    written.inspect_err(|error| service.context.observer.event(Event::Warning { message: &error.one_line() })).ok()
}

/// The plan with what its statements really do; the database must be what it was when the plan was made.
async fn fresh(session: &mut dyn Session, plan: &Plan) -> Result<Plan> {
    let catalog = schema_only(session.catalog(Scope::Structure).await?);
    if catalog.hash().to_string() == plan.state {
        let major = session.server().version_number / 10_000;
        return Ok(with_untold(plan, examined(plan, &catalog, session.flavor(), major)));
    }
    let name = &session.server().database;
    let message = format!("the schema of `{name}` is not the one that this plan was made for");
    Err(Error::new(ErrorKind::Refused, message)
        .hint("nothing was run; make the plan again: mainstay schema diff database TO --format json -o FILE"))
}

/// `found` with a word on each risk that `plan`, as its file has it, keeps quiet about.
fn with_untold(plan: &Plan, mut found: Plan) -> Plan {
    for (step, told) in found.steps.iter_mut().zip(&plan.steps) {
        let is_told = |risk: &Risk| {
            told.risks
                .iter()
                .any(|one| (one.statement, one.hazard, &one.reason) == (risk.statement, risk.hazard, &risk.reason))
        };
        for risk in step.risks.iter_mut().filter(|risk| !is_told(risk)) {
            risk.reason.push_str(", which the plan's file does not say");
        }
    }
    found
}

async fn run(session: &mut dyn Session, plan: &Plan, at: usize, service: &Service<'_>) -> Result<()> {
    let step = &plan.steps[at];
    let Action::Sql(sql) = &step.action else {
        return Err(Error::new(ErrorKind::Unsupported, format!("`{}` is no step of a schema's plan", step.title)));
    };
    let observer = &service.context.observer;
    observer.event(Event::StepStarted { title: &step.title });
    let started = Instant::now();
    let statements = statements(sql, session.flavor())?;
    for setting in timeouts(sql, session.flavor()) {
        session.query(&setting).await?;
    }
    let mut patient = Patient::new(session, service.rules.lock_patience, observer);
    let without_foreign_keys = sql.without_foreign_keys;
    let flight = Flight { statements: &statements, without_foreign_keys, ..Flight::default() };
    let failed = match sql.transaction {
        true => match patient.fly(flight).await {
            Ok(()) => None,
            Err(FlightError::Statement(index, error)) => Some((Some(index), error)),
            Err(FlightError::Own(error)) => Some((None, error)),
            Err(FlightError::Guard(_)) => None,
        },
        false => {
            let mut failed = None;
            for (index, statement) in statements.iter().enumerate() {
                if let Err(error) = patient.run(statement, false).await {
                    failed = Some((Some(index), error));
                    break;
                }
            }
            failed
        }
    };
    if let Some((index, error)) = failed {
        let blocker = match error.sqlstate() {
            Some("55P03") => Some(patient.in_the_way().await),
            _ => None,
        };
        let text = index.map(|index| statements[index].text);
        return Err(explained(error, plan, at, text, blocker));
    }
    observer.event(Event::StepDone { title: &step.title, took: started.elapsed() });
    Ok(())
}

/// Which step failed, in which statement, and what now.
fn explained(error: Error, plan: &Plan, at: usize, statement: Option<&str>, blocker: Option<String>) -> Error {
    let kind = error.kind();
    let text = statement.map_or_else(|| plan.steps[at].title.clone(), redact);
    let line = text.lines().next().unwrap_or_default();
    let step = format!("step {} of {} failed: {line}", at + 1, plan.steps.len());
    let mut error = error.context(step).of_kind(kind);
    if let Some(blocker) = blocker {
        error = error.hint(format!("the lock is held by {blocker}"));
    }
    if let Some(hint) = make_role_hint(&error) {
        error = error.hint(hint);
    }
    error.hint(format!("{}; {GO_ON}", under_way::done(at)))
}

fn statements(sql: &SqlStep, flavor: Flavor) -> Result<Vec<Statement<'_>>> {
    let mut statements = Vec::new();
    for text in &sql.statements {
        let found = split(text, flavor)
            .map_err(|error| Error::new(ErrorKind::Source, "a statement of the plan is not whole").source(error))?;
        statements.extend(found);
    }
    Ok(statements)
}

/// The session's timeouts for this step. SQLite has none.
fn timeouts(sql: &SqlStep, flavor: Flavor) -> Vec<String> {
    if flavor == Flavor::Sqlite {
        return Vec::new();
    }
    let set = |(name, value): (&str, Option<Duration>)| match value {
        Some(value) => format!("SET {name} = {}", value.as_millis()),
        None => format!("RESET {name}"),
    };
    [("lock_timeout", sql.lock_timeout), ("statement_timeout", sql.statement_timeout)].map(set).into()
}
