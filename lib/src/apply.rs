//! Applying a plan from one schema to another: on the state that it was made for, step by step.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::backup::{self, SafetyCopy};
use crate::catalog::Scope;
use crate::config::BackupRule;
use crate::engine::{Flight, FlightError, Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger;
use crate::migrate::{Patient, count_rows_at_stake, lock, unlock};
use crate::observer::Event;
use crate::plan::{Action, Plan, PlanKind, Risk, SqlStep, Step, risks};
use crate::prepare::{SafetyOutcome, Service};
use crate::sql::{Flavor, Statement, redact, split};
use crate::states::schema_only;

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

/// Reads the plan in the file `path`: what `schema diff --format json` has written.
///
/// # Errors
/// It cannot be read ([`ErrorKind::Io`]), or is no plan ([`ErrorKind::Source`]).
pub fn read_plan(path: &Path) -> Result<Plan> {
    let write_one = "write one: mainstay schema diff FROM TO --format json -o FILE";
    let text = std::fs::read(path).map_err(|error| Error::io("read", path, error).hint(write_one))?;
    parse(&text).map_err(|error| {
        Error::new(ErrorKind::Source, format!("{} is no plan", path.display())).source(error).hint(write_one)
    })
}

/// A plan alone, or in what the command prints around it. Its losses are read off its statements once more: somebody may have
/// edited the file.
fn parse(text: &[u8]) -> std::result::Result<Plan, serde_json::Error> {
    let mut value: serde_json::Value = serde_json::from_slice(text)?;
    for around in ["data", "plan"] {
        if let Some(inner) = value.get_mut(around) {
            value = inner.take();
        }
    }
    let mut plan = Plan::deserialize(value)?;
    for step in &mut plan.steps {
        let Action::Sql(sql) = &step.action else { continue };
        let told = std::mem::take(&mut step.risks);
        let found = sql.statements.iter().enumerate().flat_map(|(at, text)| risks(text, Flavor::Postgres, at));
        step.risks = found.filter(|risk| risk.hazard.loses_rows()).collect();
        for risk in told {
            if !step.risks.iter().any(|found| (found.statement, &found.reason) == (risk.statement, &risk.reason)) {
                // Consent is given to this run, not by the file.
                step.risks.push(Risk { allowed: false, ..risk });
            }
        }
    }
    Ok(plan)
}

/// Applies `plan` under the lock that migrations take, a safety copy first where rows are to be lost.
///
/// # Errors
/// [`ErrorKind::Refused`]: the schema is not the one that the plan was made for, or consent is missing; nothing was done then. Else
/// the error of the step that failed; the steps before it stay.
pub async fn apply(session: &mut dyn Session, plan: &Plan, service: &Service<'_>) -> Result<Applied> {
    if plan.kind != PlanKind::Schema {
        return Err(Error::new(ErrorKind::Usage, "this plan is not one from a schema to another")
            .hint("make one: mainstay schema diff FROM TO --format json -o FILE"));
    }
    let elsewhere = |step: &Step| matches!(&step.action, Action::Sql(sql) if sql.database.is_some());
    if let Some(step) = plan.steps.iter().find(|step| elsewhere(step)) {
        let message = format!("`{}` is of another database: a schema's plan has no such step", step.title);
        return Err(Error::new(ErrorKind::Unsupported, message).hint("nothing was run; make the plan again"));
    }
    lock(session, service.rules, &service.context.observer).await?;
    let applied = under_lock(session, plan, service).await;
    unlock(session).await;
    applied
}

async fn under_lock(session: &mut dyn Session, plan: &Plan, service: &Service<'_>) -> Result<Applied> {
    let started = Instant::now();
    refuse_stale(session, plan).await?;
    let mut plan = plan.clone();
    plan.allow(&service.consent.allow);
    let rows = plan.risks().any(|(_, risk)| risk.hazard.needs_consent()) && backup::has_rows(session).await?;
    if rows && plan.unallowed().next().is_some() {
        count_rows_at_stake(session, &mut plan).await;
    }
    let production = [marker(session).await?.as_deref(), service.environment].contains(&Some("production"));
    service.consent.check_plan(&plan, rows, production, "mainstay schema apply PLAN --dry-run")?;
    let loses = rows && plan.risks().any(|(_, risk)| risk.hazard.loses_rows());
    let safety = match service.safety.rule {
        _ if !loses => SafetyOutcome::NotNeeded,
        BackupRule::Never => SafetyOutcome::SwitchedOff,
        BackupRule::Before => SafetyOutcome::Taken(take_copy(session, service).await?),
    };
    for at in 0..plan.steps.len() {
        run(session, &plan, at, service).await?;
    }
    let steps = plan.steps.iter().map(|step| step.title.clone()).collect();
    Ok(Applied { steps, safety, seconds: started.elapsed().as_secs_f64() })
}

/// The database must be what it was when the plan was made.
async fn refuse_stale(session: &mut dyn Session, plan: &Plan) -> Result<()> {
    let now = schema_only(session.catalog(Scope::Structure).await?).hash().to_string();
    if now == plan.state {
        return Ok(());
    }
    let name = &session.server().database;
    let message = format!("the schema of `{name}` is not the one that this plan was made for");
    Err(Error::new(ErrorKind::Refused, message)
        .hint("nothing was run; make the plan again: mainstay schema diff database TO --format json -o FILE"))
}

async fn marker(session: &mut dyn Session) -> Result<Option<String>> {
    let flavor = session.flavor();
    let there = session.query(ledger::has_ledger_query(flavor)).await?;
    if first_cell(&there) != Some("1") {
        return Ok(None);
    }
    Ok(ledger::environment(&session.query(&ledger::setting_query(flavor)).await?))
}

async fn take_copy(session: &mut dyn Session, service: &Service<'_>) -> Result<SafetyCopy> {
    let label = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let safety = &service.safety;
    backup::safety_copy(service.target, session, &safety.folder, &label, safety.search_path, service.context).await
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
    let done = match at {
        0 => "nothing of the plan was done".to_owned(),
        1 => "step 1 is done and stays".to_owned(),
        at => format!("steps 1 to {at} are done and stay"),
    };
    error.hint(format!("{done}; plan what is left: mainstay schema diff database TO --format json -o FILE"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Hazard;

    #[test]
    fn a_plan_is_read_bare_and_from_what_a_command_prints() {
        let text = r#"{"kind": "schema", "database": "d", "state": "0", "steps": [{"title": "t", "risks": [], "action":
            {"do": "sql", "database": null, "transaction": true, "lock_timeout": 2000, "statement_timeout": null,
             "statements": ["DROP TABLE t"]}}]}"#;
        let plan = parse(text.as_bytes()).unwrap();
        let Action::Sql(sql) = &plan.steps[0].action else { panic!("{plan:?}") };
        assert_eq!(sql.lock_timeout, Some(Duration::from_secs(2)));
        assert_eq!(
            plan.risks().next().unwrap().1.hazard,
            Hazard::DeletesData,
            "taken out of the file, it is found again"
        );
        for around in [format!("{{\"plan\": {text}}}"), format!("{{\"data\": {{\"plan\": {text}}}}}")] {
            assert_eq!(parse(around.as_bytes()).unwrap(), plan);
        }
        let again = serde_json::to_string(&plan).unwrap();
        assert_eq!(parse(again.as_bytes()).unwrap(), plan);
        assert!(parse(b"{}").is_err());
    }
}
