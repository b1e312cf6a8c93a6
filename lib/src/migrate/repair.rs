//! `migrate repair`: the ledger put right after showing why.

use std::time::Instant;

use serde::Serialize;

use crate::dialect::Version;
use crate::engine::Flight;
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::{self, Entry};
use crate::plan::{Action, Plan, PlanKind, SqlStep, Step};

use super::problem::title;
use super::state::find;
use super::{Migrator, Problem, State, failure};

/// What to repair.
#[derive(Clone, Debug, Default)]
pub struct RepairRequest {
    /// Versions to take out of the ledger without running anything.
    pub forget: Vec<Version>,
}

/// A repair as a plan, with the reasons.
#[derive(Clone, Debug, Serialize)]
pub struct Repair {
    /// Why each step is there, in the same order.
    pub reasons: Vec<String>,
    /// The statements.
    pub plan: Plan,
}

impl Migrator<'_> {
    /// What would be repaired: each edited migration's checksum, and the versions to forget.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: a version to forget is not in the ledger. [`ErrorKind::Usage`]: the dialect keeps nothing that
    /// could be repaired.
    pub fn plan_repair(&self, state: &State, request: &RepairRequest) -> Result<Repair> {
        let (dialect, flavor) = (&self.folder.dialect, self.folder.flavor);
        let mut reasons = Vec::new();
        let mut steps = Vec::new();
        for problem in &state.problems {
            let Problem::Edited { version, .. } = problem else { continue };
            if request.forget.contains(version) {
                continue;
            }
            let Some(migration) = self.folder.find(version) else { continue };
            let recorded = find(&state.applied, version).map_or(version, |applied| &applied.version);
            if let Some(statement) = dialect.correct_checksum(&migration.spelled(recorded), flavor) {
                reasons.push(problem.message());
                steps.push(step(format!("record the checksum of {}", migration.title()), statement));
            }
        }
        for version in &request.forget {
            let applied = state.applied.iter().find(|applied| applied.version == *version).ok_or_else(|| {
                Error::new(ErrorKind::NotFound, format!("version {version} is not in the ledger"))
                    .hint("mainstay migrate status lists the versions")
            })?;
            let statement = dialect.forget(&applied.version, &self.folder.migrations, flavor).ok_or_else(|| {
                Error::new(
                    ErrorKind::Usage,
                    format!("the dialect `{}` keeps one number, so no single version can be forgotten", dialect.name()),
                )
            })?;
            if dialect.keeps_one_number() && state.applied.last().is_some_and(|last| last.version != *version) {
                return Err(Error::new(
                    ErrorKind::Usage,
                    format!(
                        "the dialect `{}` keeps one number: only the highest version can be forgotten",
                        dialect.name()
                    ),
                )
                .hint("mainstay migrate status shows it"));
            }
            let title = title(version, applied.name.as_deref().unwrap_or_default());
            reasons.push(format!("{title} is taken out of the ledger; nothing it made is touched"));
            steps.push(step(format!("forget {title}"), statement));
        }
        let database = self.session.server().database.clone();
        Ok(Repair { reasons, plan: Plan { kind: PlanKind::Migrate, database, state: state.hash.clone(), steps } })
    }

    /// Applies a repair in one transaction, under the lock, if the state is still the one it was planned for.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: the state has changed; otherwise the ledger cannot be written.
    pub async fn apply_repair(&mut self, repair: &Repair) -> Result<()> {
        self.lock().await?;
        let result = self.apply_repair_locked(repair).await;
        self.unlock().await;
        result
    }

    async fn apply_repair_locked(&mut self, repair: &Repair) -> Result<()> {
        let started = Instant::now();
        if self.state().await?.hash != repair.plan.state {
            return Err(Error::new(
                ErrorKind::Refused,
                "the ledger or the files have changed since this repair was planned",
            )
            .hint("mainstay migrate repair"));
        }
        let titles: Vec<&str> = repair.plan.steps.iter().map(|step| step.title.as_str()).collect();
        let entry = Entry {
            action: "migrate repair".to_owned(),
            detail: titles.join("; "),
            host: self.rules.host.clone(),
            seconds: started.elapsed().as_secs_f64(),
            result: "ok".to_owned(),
        };
        let flavor = self.folder.flavor;
        let mut also = ledger::create(flavor);
        also.push(ledger::journal_insert(flavor, &entry));
        self.write_ledger(&repair.plan, &also).await
    }

    /// Runs the statements of `plan`, which are all for the ledger, and those of `also` as one transaction.
    ///
    /// # Errors
    /// The ledger cannot be written; nothing of it is then.
    pub async fn write_ledger(&mut self, plan: &Plan, also: &[String]) -> Result<()> {
        let mut statements = Vec::new();
        for step in &plan.steps {
            if let Action::Sql(sql) = &step.action {
                statements.extend_from_slice(&sql.statements);
            }
        }
        statements.extend_from_slice(also);
        let flight = Flight { lead: &statements, ..Flight::default() };
        self.session.fly(flight).await.map_err(failure::ledger)
    }
}

fn step(title: String, statement: String) -> Step {
    Step::new(title, Action::Sql(SqlStep::new(vec![statement])))
}
