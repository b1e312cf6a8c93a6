//! What a rehearsal of a plan has shown, kept beside the project: a plan of the same files for the same ledger knows it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::conn::Target;
use crate::disk;
use crate::error::{Error, Place, Result};
use crate::plan::{Effect, Hazard, Plan, Risk, Step};

use super::MigrationPlan;

/// Version of the file's layout. A file of another one is as good as none.
const FORMAT: u32 = 1;

/// What a rehearsal of a plan has shown. No value of any row is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    format: u32,
    /// Hash of the state that the plan was made for.
    state: String,
    /// When it was, ISO 8601 in UTC.
    at: String,
    /// What was rehearsed, in order.
    steps: Vec<RememberedStep>,
}

/// What a rehearsal has shown of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RememberedStep {
    /// The step's title.
    pub title: String,
    /// Why it failed, one sentence; `None` where it succeeded.
    pub failed: Option<String>,
    /// The rows and values that it lost.
    pub losses: Vec<Loss>,
    /// What its statements locked, scanned and rewrote.
    pub effects: Vec<Effect>,
}

/// Rows or values that a rehearsal has seen go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// The statement that took them, from 0.
    pub statement: usize,
    /// What it does, as a risk says it: "loses rows of public.log".
    pub reason: String,
    /// How many.
    pub rows: u64,
    /// Whether the script allows it by a directive.
    pub allowed: bool,
    /// Where the statement is.
    pub place: Option<Place>,
}

impl Remembered {
    /// What `steps` of `plan` have shown just now.
    pub fn new(plan: &MigrationPlan, steps: Vec<RememberedStep>) -> Self {
        let at = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        Self { format: FORMAT, state: plan.plan.state.clone(), at, steps }
    }

    /// What was last remembered of `target` in `folder`; `None` where there is nothing, or nothing that can be read.
    pub fn open(folder: &Path, target: &Target) -> Option<Self> {
        let text = std::fs::read_to_string(file(folder, target)).ok()?;
        let found: Self = serde_json::from_str(&text).ok()?;
        (found.format == FORMAT).then_some(found)
    }

    /// Writes it down in `folder`, in place of what was remembered of `target` before, for this user's eyes only. The folder is
    /// made where it is missing, and keeps itself out of version control.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn save(&self, folder: &Path, target: &Target) -> Result<()> {
        disk::make_private_folder(folder)?;
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            disk::write_over(&ignore, "*\n")?;
        }
        let path = file(folder, target);
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::io("write", &path, error.into()))?;
        disk::write_private(&path, &(text + "\n"))
    }

    /// What was remembered of the step called `title`.
    fn step(&self, title: &str) -> Option<&RememberedStep> {
        self.steps.iter().find(|step| step.title == title)
    }

    /// One line on what became of `plan`'s steps, and when.
    fn told(&self, plan: &Plan) -> String {
        let known = plan.steps.iter().filter_map(|step| self.step(&step.title));
        let failed = known.filter_map(|step| step.failed.as_deref()).next();
        format!("rehearsed at {}: {}", self.at, failed.unwrap_or("everything succeeded"))
    }
}

fn file(folder: &Path, target: &Target) -> PathBuf {
    folder.join(format!("{}.json", target.file_name()))
}

impl MigrationPlan {
    /// Adds to the plan's risks what a rehearsal of the same plan has shown: how many rows a statement really lost, and the
    /// losses that no text tells. One of another plan says nothing.
    pub fn learn(&mut self, remembered: &Remembered) {
        if remembered.state != self.plan.state {
            return;
        }
        for step in &mut self.plan.steps {
            if let Some(known) = remembered.step(&step.title) {
                learn_step(step, known);
            }
        }
        self.rehearsed = Some(remembered.told(&self.plan));
    }
}

fn learn_step(step: &mut Step, known: &RememberedStep) {
    // Of a step that failed it is not known what the rest of it would have done.
    if known.failed.is_none() {
        for risk in step.risks.iter_mut().filter(|risk| risk.hazard == Hazard::DeletesData) {
            risk.rehearsed = Some(0);
        }
    }
    // What was seen is worth more than what was told from the text.
    if !known.effects.is_empty() {
        step.effects.clone_from(&known.effects);
    }
    for loss in &known.losses {
        let same = |risk: &&mut Risk| risk.hazard == Hazard::DeletesData && risk.statement == loss.statement;
        match step.risks.iter_mut().find(same) {
            Some(risk) => risk.rehearsed = Some(risk.rehearsed.unwrap_or(0) + loss.rows),
            None => step.risks.push(Risk {
                hazard: Hazard::DeletesData,
                reason: loss.reason.clone(),
                tables: Vec::new(),
                rows: None,
                rehearsed: Some(loss.rows),
                statement: loss.statement,
                allowed: loss.allowed,
                place: loss.place.clone(),
            }),
        }
    }
    step.risks.sort_by_key(|risk| risk.statement);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conn::SqliteTarget;
    use crate::dialect::{Direction, Version};
    use crate::plan::{Action, PlanKind, SqlStep, risks};
    use crate::sql::Flavor;

    fn plan(state: &str) -> MigrationPlan {
        let statements = vec!["SELECT tidy()".to_owned(), "DELETE FROM log".to_owned(), "DROP TABLE old".to_owned()];
        let found = statements.iter().enumerate().flat_map(|(at, sql)| risks(sql, Flavor::Postgres, at)).collect();
        let step = Step { risks: found, ..Step::new("apply 1_a", Action::Sql(SqlStep::new(statements))) };
        let plan = Plan { kind: PlanKind::Migrate, database: "a".into(), state: state.into(), steps: vec![step] };
        MigrationPlan { plan, direction: Direction::Up, versions: vec![Version::new("1")], rehearsed: None }
    }

    fn loss(statement: usize, rows: u64) -> Loss {
        Loss { statement, reason: format!("loses rows of t{statement}"), rows, allowed: false, place: None }
    }

    fn told(plan: &MigrationPlan) -> Vec<String> {
        plan.plan.risks().map(|(_, risk)| risk.told()).collect()
    }

    #[test]
    fn a_plan_of_the_same_state_learns_and_another_does_not() {
        let (folder, target) =
            (tempfile::tempdir().unwrap(), Target::Sqlite(SqliteTarget { path: "/srv/a.db".into() }));
        let steps = vec![RememberedStep {
            title: "apply 1_a".into(),
            failed: None,
            losses: vec![loss(0, 5), loss(2, 12)],
            effects: Vec::new(),
        }];
        Remembered::new(&plan("x"), steps).save(&folder.path().join("deep/er"), &target).unwrap();
        let memory = Remembered::open(&folder.path().join("deep/er"), &target).unwrap();

        let mut other = plan("y");
        other.learn(&memory);
        assert_eq!(told(&other), ["deletes rows of log", "drops table old"]);
        assert_eq!(other.rehearsed, None);

        let mut same = plan("x");
        same.learn(&memory);
        assert_eq!(
            told(&same),
            [
                "loses rows of t0 (5 lost when rehearsed)",
                "deletes rows of log (none lost when rehearsed)",
                "drops table old (12 lost when rehearsed)"
            ]
        );
        assert!(same.rehearsed.unwrap().ends_with("everything succeeded"));
        let memory = folder.path().join("deep/er");
        assert_eq!(std::fs::read_to_string(memory.join(".gitignore")).unwrap(), "*\n");
        let rights =
            |path: &Path| std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o777;
        assert_eq!((rights(&memory), rights(&file(&memory, &target))), (0o700, 0o600));
    }

    #[test]
    fn what_cannot_be_read_is_nothing_remembered() {
        let (folder, target) = (tempfile::tempdir().unwrap(), Target::Sqlite(SqliteTarget { path: "a.db".into() }));
        assert_eq!(Remembered::open(folder.path(), &target), None);
        std::fs::write(file(folder.path(), &target), "{\"format\": 99}").unwrap();
        assert_eq!(Remembered::open(folder.path(), &target), None);
    }
}
