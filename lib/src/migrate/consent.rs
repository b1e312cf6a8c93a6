//! Consent to what cannot be undone.

use crate::dialect::Direction;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::Hazard;

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
        if !rows {
            return Ok(());
        }
        if let Some((hazard, title, risk)) = plan.unallowed().find(|(hazard, ..)| !self.allow.contains(hazard)) {
            let all: Vec<String> = plan
                .unallowed()
                .filter(|(hazard, ..)| !self.allow.contains(hazard))
                .map(|(_, title, risk)| format!("{title}: {}", risk.told()))
                .collect();
            let mut error = Error::new(
                ErrorKind::Refused,
                format!("refused to {title}: it {}, which cannot be undone (hazard {})", risk.told(), hazard.name()),
            );
            if let Some(place) = &risk.place {
                error = error.at(place.clone());
            }
            if all.len() > 1 {
                error = error.source(format!("{} statements have such a hazard: {}", all.len(), all.join("; ")));
            }
            // A directive is a comment in the file's own language.
            let is_python = risk.place.as_ref().is_some_and(|place| place.file.ends_with(".py"));
            let comment = if is_python { "#" } else { "--" };
            let read_first = match plan.direction {
                Direction::Up => "mainstay migrate plan",
                Direction::Down => "the same command with --dry-run",
            };
            return Err(error.hint(format!("nothing was run; read it first: {read_first}")).hint(format!(
                "allow it by name: --allow {0}, or the line `{comment} mainstay: allow {0}` at the head of the file",
                hazard.name()
            )));
        }
        let risky = plan.plan.risks().any(|(_, risk)| risk.hazard.needs_consent());
        if risky && production && self.confirm.as_deref() != Some(plan.plan.database.as_str()) {
            return Err(Error::new(
                ErrorKind::Refused,
                format!("`{}` is a production database, and this plan deletes data", plan.plan.database),
            )
            .hint(format!("type its name to go on: --confirm {}", plan.plan.database)));
        }
        Ok(())
    }
}
