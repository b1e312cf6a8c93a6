//! Where a load that goes by batches has come to: a row of Mainstay's own in the database, committed with the rows.

use super::{Options, Plan};
use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger;
use crate::sql::{Flavor, literal_for};

/// How far a load has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::data) struct Position {
    /// Tables of the plan that are done.
    pub(in crate::data) tables: usize,
    /// Rows of the next one that are.
    pub(in crate::data) rows: u64,
    /// Rows that are done in all.
    pub(in crate::data) total: u64,
}

/// How far an earlier load of the plan's dump has come; the table is made where the load goes by batches.
///
/// # Errors
/// [`ErrorKind::Refused`]: an earlier load by batches was interrupted, and this one would begin anew, or take its place in another
/// order of tables.
pub(in crate::data) async fn find(session: &mut dyn Session, plan: &Plan, options: &Options) -> Result<Position> {
    let flavor = session.flavor();
    let mut position = None;
    if first_cell(&session.query(&is_there(flavor)).await?) == Some("1") {
        let rows = session.query(&recall(flavor, &plan.dump)).await?;
        let other = rows.first().and_then(|row| row.get(3)?.clone()).filter(|order| *order != order_of(plan));
        if other.is_some() {
            let message = "an earlier load of this dump was interrupted, and went through its tables in another order";
            return Err(Error::new(ErrorKind::Refused, message)
                .hint("go on with the same form of the dump, a folder or an archive, and the tables as they were then")
                .hint(format!("or give that load up, and empty the tables: DELETE FROM {}", table(flavor))));
        }
        position = rows.first().and_then(|row| {
            let cell = |at: usize| row.get(at)?.as_deref();
            self::position([cell(0), cell(1), cell(2)])
        });
    } else if options.batch.is_some() {
        session.query(&create(flavor)).await.map_err(|error| {
            let error = error.context("there is no place to note how far the load has come");
            error.hint("load it all at once: leave out --batch")
        })?;
    }
    match position {
        Some(position) if options.batch.is_none() => {
            let message =
                format!("an earlier load of this dump has brought in {} rows and was interrupted", position.total);
            Err(Error::new(ErrorKind::Refused, message).hint("go on from there: mainstay data load DUMP --batch 10000"))
        }
        position => Ok(position.unwrap_or_default()),
    }
}

/// The statements that leave nothing of the notes on `dump`, which is loaded, nor of the place they were in.
///
/// # Errors
/// The database cannot be asked.
pub(in crate::data) async fn forgotten(session: &mut dyn Session, dump: &str) -> Result<Vec<String>> {
    let flavor = session.flavor();
    let others = format!("SELECT count(*) FROM {} WHERE dump <> {}", table(flavor), literal_for(dump, flavor));
    if first_cell(&session.query(&others).await?) != Some("0") {
        return Ok(vec![forget(flavor, dump)]);
    }
    let mut statements = vec![format!("DROP TABLE {}", table(flavor))];
    if flavor == Flavor::Postgres {
        let more = "SELECT count(*) FROM pg_catalog.pg_class WHERE relnamespace = 'mainstay'::pg_catalog.regnamespace \
                    AND relkind IN ('r', 'S', 'v') AND relname <> 'data_load'";
        if first_cell(&session.query(more).await?) == Some("0") {
            statements.push("DROP SCHEMA mainstay".to_owned());
        }
    }
    Ok(statements)
}

/// The table, `mainstay.data_load`.
fn table(flavor: Flavor) -> String {
    ledger::table(flavor, "data_load")
}

/// The statements that make the table where it is missing.
fn create(flavor: Flavor) -> String {
    let columns = "dump text PRIMARY KEY, tables bigint NOT NULL, row_count bigint NOT NULL, total bigint NOT NULL, \
                   table_order text NOT NULL";
    let table = table(flavor);
    match flavor {
        Flavor::Postgres => {
            format!("CREATE SCHEMA IF NOT EXISTS mainstay; CREATE TABLE IF NOT EXISTS {table} ({columns})")
        }
        Flavor::Sqlite => format!("CREATE TABLE IF NOT EXISTS {table} ({columns})"),
    }
}

/// A query whose one value says whether the table is there: `1` or `0`.
fn is_there(flavor: Flavor) -> String {
    match flavor {
        Flavor::Postgres => format!("SELECT (pg_catalog.to_regclass('{}') IS NOT NULL)::int", table(flavor)),
        Flavor::Sqlite => format!("SELECT count(*) FROM sqlite_schema WHERE name = '{}'", table(flavor)),
    }
}

/// The tables in the order in which they are filled.
fn order_of(plan: &Plan) -> String {
    let names: Vec<String> = plan.tables.iter().map(|table| table.full_name().to_string()).collect();
    blake3::hash(names.join("\n").as_bytes()).to_hex().to_string()
}

/// The statement that remembers how far the plan's dump has come.
pub(in crate::data) fn remember(flavor: Flavor, plan: &Plan, position: Position) -> String {
    let (table, dump) = (table(flavor), literal_for(&plan.dump, flavor));
    let order = literal_for(&order_of(plan), flavor);
    let Position { tables, rows, total } = position;
    format!(
        "INSERT INTO {table} (dump, tables, row_count, total, table_order) VALUES ({dump}, {tables}, {rows}, {total}, {order}) \
         ON CONFLICT (dump) DO UPDATE SET tables = excluded.tables, row_count = excluded.row_count, total = excluded.total"
    )
}

/// The query for how far `dump` has come: tables, rows, rows in all, and the order of tables.
fn recall(flavor: Flavor, dump: &str) -> String {
    format!(
        "SELECT tables, row_count, total, table_order FROM {} WHERE dump = {}",
        table(flavor),
        literal_for(dump, flavor)
    )
}

/// The statement that forgets `dump`, which is loaded.
fn forget(flavor: Flavor, dump: &str) -> String {
    format!("DELETE FROM {} WHERE dump = {}", table(flavor), literal_for(dump, flavor))
}

/// What [`recall`] has found.
fn position(cells: [Option<&str>; 3]) -> Option<Position> {
    let number = |cell: Option<&str>| cell?.parse::<u64>().ok();
    let tables = usize::try_from(number(cells[0])?).ok()?;
    Some(Position { tables, rows: number(cells[1])?, total: number(cells[2])? })
}
