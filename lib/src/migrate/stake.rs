//! How much is at stake: the rows that a plan would lose, counted before anybody is asked.

use crate::engine::{Session, first_cell};
use crate::plan::{Plan, ROWS_COUNTED};

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

/// The rows of `table`, a name as a script has it.
async fn rows_of(session: &mut dyn Session, table: &str) -> Option<u64> {
    let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {ROWS_COUNTED}) AS counted");
    let answer = session.query(&sql).await.ok()?;
    first_cell(&answer)?.parse().ok()
}
