//! What is at stake: the rows that a plan would lose, counted before anybody is asked, and who will have to wait for it.

use crate::catalog::Scope;
use crate::effects;
use crate::engine::{Session, first_cell};
use crate::error::Result;
use crate::plan::{Plan, ROWS_COUNTED};
use crate::sql::Flavor;

use super::MigrationPlan;

/// Counts the rows of the tables that `plan` takes away. What cannot be counted, such as a table that an earlier step of the
/// plan makes, stays untold.
pub async fn count_rows_at_stake(session: &mut dyn Session, plan: &mut Plan) {
    let risks = plan.steps.iter_mut().flat_map(|step| &mut step.risks);
    for risk in risks.filter(|risk| risk.hazard.loses_rows() && !risk.tables.is_empty()) {
        let mut sum = Some(0);
        for table in &risk.tables {
            let rows = rows_of(session, table).await;
            sum = sum.zip(rows).map(|(sum, rows): (u64, u64)| sum + rows);
        }
        risk.rows = sum;
    }
}

/// Fills in what the statements of `plan` will lock, scan and rewrite, by the catalog of the database that `session` is connected
/// with. The catalog is only read where there is something to apply; SQLite has no such effects.
///
/// # Errors
/// The catalog cannot be read.
pub async fn foretell(session: &mut dyn Session, plan: &mut MigrationPlan) -> Result<()> {
    if plan.plan.is_empty() || session.flavor() == Flavor::Sqlite {
        return Ok(());
    }
    let major = session.server().version_number / 10_000;
    let catalog = session.catalog(Scope::Structure).await?;
    effects::foretell(&mut plan.plan, &catalog, major);
    Ok(())
}

/// The rows of `table`, a name as a script has it.
async fn rows_of(session: &mut dyn Session, table: &str) -> Option<u64> {
    let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {ROWS_COUNTED}) AS counted");
    let answer = session.query(&sql).await.ok()?;
    first_cell(&answer)?.parse().ok()
}
