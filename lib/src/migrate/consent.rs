//! Consent to what cannot be undone.

use std::collections::BTreeSet;

use crate::dialect::Direction;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Hazard, Plan, PlanKind, Risk};

use super::MigrationPlan;

/// What the user has agreed to.
#[derive(Clone, Debug, Default)]
pub struct Consent {
    /// Hazards allowed by name.
    pub allow: Vec<Hazard>,
    /// The database's name as typed, for production.
    pub confirm: Option<String>,
}

impl Consent {
    /// Checks `plan` against the consent given. `rows` says whether the database has rows at all: where there are none, nothing
    /// can be lost and a new installation runs through a long history without questions. `production` says whether the marker or
    /// the configuration calls it so.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: a hazard that is not allowed, or production without the database's name.
    pub fn check(&self, plan: &MigrationPlan, rows: bool, production: bool) -> Result<()> {
        let read_first = match plan.direction {
            Direction::Up => "mainstay migrate plan",
            Direction::Down => "the same command with --dry-run",
        };
        self.check_plan(&plan.plan, rows, production, read_first)
    }

    /// [`Consent::check`] for a plan of any kind; `read_first` is the command that prints it.
    ///
    /// # Errors
    /// As [`Consent::check`].
    pub fn check_plan(&self, plan: &Plan, rows: bool, production: bool, read_first: &str) -> Result<()> {
        if !rows {
            return Ok(());
        }
        let unallowed: Vec<_> = plan.unallowed().filter(|(_, risk)| !self.allow.contains(&risk.hazard)).collect();
        if let Some((title, risk)) = unallowed.first() {
            return Err(refusal(plan, title, risk, &unallowed)
                .hint(format!("nothing was run; read it first: {read_first}"))
                .hint(self.how_to_allow(plan.kind, &unallowed)));
        }
        let loses = plan.risks().any(|(_, risk)| risk.hazard.loses_rows());
        if loses && production && self.confirm.as_deref() != Some(plan.database.as_str()) {
            return Err(Error::new(
                ErrorKind::Refused,
                format!("`{}` is a production database, and this plan deletes data", plan.database),
            )
            .hint(format!("type its name to go on: --confirm {}", plan.database)));
        }
        Ok(())
    }

    /// What was given has to be given again.
    fn how_to_allow(&self, kind: PlanKind, unallowed: &[(&str, &Risk)]) -> String {
        let missing: BTreeSet<Hazard> = unallowed.iter().map(|(_, risk)| risk.hazard).collect();
        let names = |hazards: &BTreeSet<Hazard>| hazards.iter().map(|one| one.name()).collect::<Vec<_>>().join(",");
        let all = names(&missing.iter().chain(&self.allow).copied().collect());
        if matches!(kind, PlanKind::Schema | PlanKind::Cleanup | PlanKind::Upgrade) {
            return format!("allow it by name: --allow {all}");
        }
        // A directive is a comment in the file's own language.
        let place = unallowed.first().and_then(|(_, risk)| risk.place.as_ref());
        let is_python = place.is_some_and(|place| place.file.ends_with(".py"));
        let comment = if is_python { "#" } else { "--" };
        let missing = names(&missing);
        format!(
            "allow it by name: --allow {all}, or the line `{comment} mainstay: allow {missing}` at the head of the file"
        )
    }
}

fn refusal(plan: &Plan, title: &str, risk: &Risk, unallowed: &[(&str, &Risk)]) -> Error {
    let name = risk.hazard.name();
    let why = if risk.hazard.loses_rows() || risk.hazard == Hazard::NoWayBack {
        "which cannot be undone (hazard"
    } else {
        "which others wait for (hazard"
    };
    let message = format!("refused to {title}: it {}, {why} {name})", risk.told());
    let mut error = Error::new(ErrorKind::Refused, message);
    if let Some(place) = &risk.place {
        error = error.at(place.clone());
    }
    if unallowed.len() > 1 {
        let told = |(title, risk): &(&str, &Risk)| match plan.kind {
            PlanKind::Schema | PlanKind::Cleanup => risk.told(),
            _ => format!("{title}: {}", risk.told()),
        };
        let all: Vec<String> = unallowed.iter().map(told).collect();
        error = error.source(format!("{} statements have such a hazard: {}", all.len(), all.join("; ")));
    }
    error
}
