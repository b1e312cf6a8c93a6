//! `migrate check`: what can be said of a folder without a database.

use crate::dialect::{Direction, Script, needs_no_transaction};
use crate::plan::{Finding, Hazard, Severity, risks};

use super::Folder;
use super::baseline::is_replaced;
use super::plan::is_blank;

/// What can be said of `folder` without a database. That it could be read at all has shown its names, versions, encoding,
/// quotes and directives to be right.
pub fn check(folder: &Folder) -> Vec<Finding> {
    let mut findings = Vec::new();
    for migration in &folder.migrations {
        if migration.down.is_none() {
            findings.push(Finding {
                severity: Severity::Note,
                message: format!("{} has no down script: it cannot be undone", migration.title()),
                place: None,
            });
        }
        if is_blank(migration, folder) {
            findings.push(Finding {
                severity: Severity::Error,
                message: format!("{} has no statement yet", migration.title()),
                place: None,
            });
        }
        for required in &migration.up.directives.requires {
            let is_there = folder.find(required).is_some_and(|found| found.version < migration.version);
            if !is_there && !is_replaced(required, &folder.migrations) {
                findings.push(Finding {
                    severity: Severity::Error,
                    message: format!("{} requires {required}, which does not come before it", migration.title()),
                    place: None,
                });
            }
        }
        for direction in [Direction::Up, Direction::Down] {
            if let Some(script) = migration.script(direction) {
                check_script(script, direction, folder, &mut findings);
            }
        }
    }
    findings
}

fn check_script(script: &Script, direction: Direction, folder: &Folder, findings: &mut Vec<Finding>) {
    let flavor = folder.flavor;
    for (index, statement) in script.statements(flavor).iter().enumerate() {
        let place = Some(script.place(statement, None));
        if let Some(what) = needs_no_transaction(statement.text, flavor).filter(|_| !script.directives.no_transaction) {
            findings.push(Finding {
                severity: Severity::Error,
                message: format!("{what} cannot run inside a transaction: {}", folder.dialect.no_transaction()),
                place: place.clone(),
            });
        }
        for risk in risks(statement.text, flavor, index) {
            let allowed = script.directives.allow.contains(&risk.hazard);
            if direction == Direction::Up && risk.hazard == Hazard::DeletesData && !allowed {
                findings.push(Finding {
                    severity: Severity::Warning,
                    message: format!("{} (hazard {})", risk.reason, risk.hazard.name()),
                    place: place.clone(),
                });
            }
        }
    }
}
