//! What is still to be made of the ledger.

use crate::engine::{Session, first_cell};
use crate::error::Result;
use crate::sql::Flavor;

use super::create;

/// What is there already, as the beginnings of the statements that would make it.
const THERE: &str =
    "SELECT 'CREATE SCHEMA IF NOT EXISTS mainstay' FROM pg_catalog.pg_namespace WHERE nspname = 'mainstay'
UNION ALL SELECT 'CREATE TABLE IF NOT EXISTS mainstay.' || c.relname || ' (' FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'mainstay' AND c.relkind IN ('r', 'p')";

/// The statements that make what is missing of the ledger, and none where all is there: PostgreSQL asks for the right to create
/// even where IF NOT EXISTS has nothing to do, and an app writes the journal without it.
///
/// # Errors
/// The server cannot be asked.
pub async fn missing(session: &mut dyn Session) -> Result<Vec<String>> {
    let all = create(session.flavor());
    if session.flavor() == Flavor::Sqlite {
        return Ok(all);
    }
    let rows = session.query(THERE).await?;
    let there: Vec<&str> = rows.iter().filter_map(|row| first_cell(std::slice::from_ref(row))).collect();
    let is_there = |statement: &String| there.iter().any(|made| statement.starts_with(made));
    let missing: Vec<String> = all.into_iter().filter(|statement| !is_there(statement)).collect();
    // The format's number was written with the tables.
    let makes = missing.iter().any(|statement| statement.starts_with("CREATE"));
    Ok(if makes { missing } else { Vec::new() })
}
