//! Sessions that read or write rows.

use std::time::Duration;

use crate::archive::digest::SETTINGS;
use crate::data::Base;
use crate::engine::postgres::{PostgresSession, blocking, without_timeouts};
use crate::engine::{Row, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::portable::manifest::{Column, Manifest, Table};

/// What every session begins with: all print and read values in the same way.
pub(super) async fn settle(session: &mut PostgresSession) -> Result<()> {
    let version = session.server().version_number;
    session.query(&format!("{SETTINGS} {}", without_timeouts(version))).await.map(drop)
}

/// Locks `tables` in the open transaction, so that they stay as they are; whatever is locked after them is waited for as long,
/// until [`wait_as_usual`].
///
/// # Errors
/// [`ErrorKind::Locked`]: somebody holds one for longer than `patience`; names who.
pub(super) async fn lock(
    session: &mut PostgresSession,
    tables: &[String],
    mode: &str,
    patience: Duration,
) -> Result<()> {
    /// Tables that one statement locks.
    const TOGETHER: usize = 200;
    session.query(&format!("SET LOCAL lock_timeout = {}", patience.as_millis().max(1))).await?;
    for some in tables.chunks(TOGETHER) {
        if let Err(error) = session.query(&format!("LOCK TABLE {} IN {mode} MODE", some.join(", "))).await {
            let error = held(session, error, patience).await;
            let is_held = error.kind() == ErrorKind::Locked;
            return Err(if is_held { error } else { error.context("the tables cannot be locked against changes") });
        }
    }
    Ok(())
}

/// No lock is waited for in vain any more: all are held.
pub(super) async fn wait_as_usual(session: &mut PostgresSession) -> Result<()> {
    session.query("SET LOCAL lock_timeout = 0").await.map(drop)
}

/// `error`, with whoever holds the table where that is what it says.
pub(super) async fn held(session: &mut PostgresSession, error: Error, patience: Duration) -> Error {
    if error.sqlstate() != Some("55P03") {
        return error;
    }
    let _ = session.query("ROLLBACK").await;
    let holders = blocking(session, None).await.unwrap_or_default();
    let seconds = patience.as_secs_f64();
    let error = error
        .of_kind(ErrorKind::Locked)
        .context(format!("a table was locked by somebody else for longer than {seconds} seconds"));
    let said = holders.iter().take(3).map(|holder| format!("process {} {}", holder.pid, holder.description));
    said.fold(error, |error, holder| error.hint(format!("perhaps in the way: {holder}")))
        .hint("wait longer for it: --lock-wait 10min")
}

/// The columns of tables as the open transaction sees them: schema, table, name and type.
pub(super) async fn columns_now(session: &mut PostgresSession, tables: &[String]) -> Result<Vec<Row>> {
    let list: Vec<String> = tables.iter().map(|table| crate::sql::literal(table)).collect();
    let list = if list.is_empty() { "NULL".to_owned() } else { list.join(", ") };
    let sql = format!(
        "SELECT n.nspname, c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) \
         FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE a.attrelid = ANY (ARRAY[{list}]::pg_catalog.regclass[]) \
         AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"
    );
    session.query(&sql).await
}

/// The same as the manifest of a dump to be says it.
pub(super) fn columns_said(manifest: &Manifest) -> Vec<Row> {
    let of_table = |table: &Table| -> Vec<Row> {
        let row = |column: &Column| {
            [&table.schema, &table.name, &column.name, &column.data_type].map(|text| Some(text.clone())).to_vec()
        };
        table.columns.iter().map(row).collect()
    };
    manifest.tables.iter().flat_map(of_table).collect()
}

/// The version of the migrations, where the role's own search path leads to the ledger.
pub(super) async fn version(session: &mut PostgresSession, base: Base<'_>) -> Result<Option<String>> {
    if base.versions.is_none() {
        return Ok(None);
    }
    session.query("SAVEPOINT ledger; SET LOCAL search_path TO DEFAULT").await?;
    let version = base.version(session).await;
    session.query("ROLLBACK TO ledger").await?;
    Ok(version)
}
