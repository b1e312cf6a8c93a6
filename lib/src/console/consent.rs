//! Consent to what cannot be undone, on a production database.

use super::Script;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Hazard, risks};
use crate::sql::Flavor;

/// Checks the statements of `scripts` before any of them runs: what deletes data on the production database `database` needs its
/// name typed.
///
/// # Errors
/// [`ErrorKind::Refused`] at the first such statement, or a script does not split into statements.
pub fn check(scripts: &[Script], flavor: Flavor, database: &str, confirm: Option<&str>) -> Result<()> {
    if confirm == Some(database) {
        return Ok(());
    }
    for script in scripts {
        for statement in script.statements(flavor)? {
            let risk = risks(statement.text, flavor, 0).into_iter().find(|risk| risk.hazard == Hazard::DeletesData);
            if let Some(risk) = risk {
                let message = format!("`{database}` is a production database, and this statement {}", risk.reason);
                let error = Error::new(ErrorKind::Refused, message)
                    .hint(format!("nothing was run; type its name to go on: --confirm {database}"));
                return Err(script.placed(&statement, error));
            }
        }
    }
    Ok(())
}
