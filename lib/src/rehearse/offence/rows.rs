//! Rows by a condition, counted and named.

use crate::catalog::Name;
use crate::engine::{Session, first_cell};
use crate::error::Result;
use crate::rehearse::Offence;
use crate::sql::{ident, literal};

use super::regclass;

/// So many rows are named.
pub(super) const NAMED: usize = 5;

/// Longer values are cut.
const LONGEST: usize = 60;

/// The rows of `table` that fulfil `condition`, each named by its key and the `columns`; `None` where there are none.
pub(super) async fn that(
    session: &mut dyn Session,
    table: &Name,
    condition: &str,
    columns: &[String],
    breaks: String,
) -> Result<Option<Offence>> {
    among(session, table, &table.to_string(), condition, columns, breaks).await
}

/// The same of what `from` names, all of `table` or that table alone.
pub(super) async fn among(
    session: &mut dyn Session,
    table: &Name,
    from: &str,
    condition: &str,
    columns: &[String],
    breaks: String,
) -> Result<Option<Offence>> {
    let count = session.query(&format!("SELECT count(*) FROM {from} AS one WHERE {condition}")).await?;
    let rows = first_cell(&count).and_then(|count| count.parse().ok()).unwrap_or(0);
    if rows == 0 {
        return Ok(None);
    }
    let key = key(session, table).await?;
    let shown = match columns {
        [] => key,
        columns => format!("{key} || ': ' || {}", values(columns)),
    };
    let examples = session.query(&format!("SELECT {shown} FROM {from} AS one WHERE {condition} LIMIT {NAMED}")).await?;
    let examples = examples.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
    Ok(Some(Offence { table: table.clone(), breaks, rows, at_least: false, examples }))
}

/// An expression that names a row of `table`: by its primary key, else by its place.
pub(super) async fn key(session: &mut dyn Session, table: &Name) -> Result<String> {
    let columns = session
        .query(&format!(
            "SELECT a.attname FROM pg_catalog.pg_index i, pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k (number, at) \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = {0} AND a.attnum = k.number \
             WHERE i.indrelid = {0} AND i.indisprimary AND k.at <= i.indnkeyatts ORDER BY k.at",
            regclass(table)
        ))
        .await?;
    let columns: Vec<String> =
        columns.into_iter().filter_map(|row| row.into_iter().next().flatten()).map(|name| ident(&name)).collect();
    Ok(match columns.is_empty() {
        true => values(&["ctid".to_owned()]),
        false => values(&columns),
    })
}

/// An expression for `a=1, b=x`.
pub(super) fn values(expressions: &[String]) -> String {
    let each: Vec<String> = expressions
        .iter()
        .map(|one| {
            format!("{} || COALESCE(pg_catalog.left(({one})::text, {LONGEST}), 'NULL')", literal(&format!("{one}=")))
        })
        .collect();
    format!("({})", each.join(" || ', ' || "))
}
