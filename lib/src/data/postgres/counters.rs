//! Counters of columns: moved on behind the rows, if that is allowed.

use crate::data::load::{Counter, Plan, PlannedTable};
use crate::engine::Session;
use crate::engine::postgres::PostgresSession;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{ident, literal};

/// Whether the session's role may move the counters of all tables.
///
/// # Errors
/// [`ErrorKind::Refused`]: it may not move one, which would be found out when all rows are there.
pub(super) async fn may_be_moved(session: &mut PostgresSession, plan: &Plan) -> Result<()> {
    let counters = plan.tables.iter().flat_map(|table| &table.counters);
    let names: Vec<String> =
        counters.filter_map(|counter| counter.sequence.as_ref()).map(|name| literal(&name.to_string())).collect();
    if names.is_empty() {
        return Ok(());
    }
    let asked = format!(
        "SELECT s, current_user FROM pg_catalog.unnest(ARRAY[{}]) AS s \
         WHERE NOT (pg_catalog.has_sequence_privilege(s, 'SELECT') AND pg_catalog.has_sequence_privilege(s, 'UPDATE'))",
        names.join(", ")
    );
    let denied = session.query(&asked).await?;
    let cell = |at: usize| denied.iter().filter_map(move |row| row.get(at)?.as_deref());
    let (Some(user), sequences) = (cell(1).next(), cell(0).collect::<Vec<_>>().join(", ")) else { return Ok(()) };
    let message = format!("role {user} may not move {sequences} on behind the rows that come");
    Err(Error::new(ErrorKind::Refused, message)
        .hint(format!("as the owner: GRANT SELECT, UPDATE ON SEQUENCE {sequences} TO {}", ident(user)))
        .hint("or load as the owner of the tables: mainstay data load DUMP --user NAME"))
}

/// The statement that moves a counter on, never back: past the highest of its numbers in its column, and to where it was in the
/// source.
pub(super) fn advance(table: &PlannedTable, counter: &Counter) -> Option<String> {
    let sequence = counter.sequence.as_ref()?;
    let (extreme, choose) = if counter.ascending { ("max", "GREATEST") } else { ("min", "LEAST") };
    let (column, name) = (ident(&counter.column), table.full_name());
    let last = counter.last.map_or_else(|| "NULL".to_owned(), |last| format!("'{last}'"));
    let text = literal(&sequence.to_string());
    let range = format!("BETWEEN '{}'::bigint AND '{}'::bigint", counter.lowest, counter.highest);
    let value = match counter.is_value {
        true => format!("(SELECT pg_catalog.{extreme}({column})::bigint FROM {name} WHERE {column} {range})"),
        false => "NULL::bigint".to_owned(),
    };
    Some(format!(
        "SELECT pg_catalog.setval({text}, n) FROM (SELECT {choose}({value}, \
         (SELECT last_value FROM {sequence} WHERE is_called), {last}::bigint) AS n) AS found WHERE n {range}"
    ))
}
