//! Reading the catalog: one message, one snapshot, one round trip; then the positions of sequences.
//!
//! Each query is a file in `catalog/` whose rows are a kind, the oid of the object that it belongs to, and JSON in the
//! shape of the model. What is printed by the server's own functions (definitions, expressions) is of the moment of
//! printing, since those do not look at the snapshot: a table that is being altered meanwhile may show its new face.

mod assemble;
mod book;
mod class;
mod parts;
mod statement;
mod strange;

use super::PostgresSession;
use crate::catalog::{Catalog, Scope};
use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use assemble::{Assembly, Oid};

/// Settings that the printed text of types, defaults and definitions depends on, so that the same object always reads
/// the same; no JIT, which takes seconds to compile a query of this size; no endless wait for somebody's lock.
const SETTINGS: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL quote_all_identifiers = off; SET LOCAL jit = off;
SET LOCAL DateStyle = ISO; SET LOCAL IntervalStyle = postgres; SET LOCAL TimeZone = 'UTC';
SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = hex; SET LOCAL lock_timeout = '3s';
";

/// Sequences asked at once: each stays locked to the end of its transaction, and the lock table is finite.
const SEQUENCES_AT_ONCE: usize = 1000;

/// Reads what the database is made of, as far as `scope` goes.
pub(super) async fn read(session: &mut PostgresSession, scope: Scope) -> Result<Catalog> {
    let mut server = session.info.clone();
    // Whoever acts as another role sees what that one sees.
    server.superuser = server.superuser && first_cell(&session.query("SHOW is_superuser").await?) == Some("on");
    let sql = format!("{SETTINGS}{}\n;\nCOMMIT", statement::of(scope, &server));
    let mut assembly = Assembly::default();
    let read = session.each_row(&sql, |row| {
        let [Some(kind), Some(oid), Some(json)] = [0, 1, 2].map(|column| row.get(column)) else {
            return Err(unreadable("a row of NULLs"));
        };
        let oid = oid.parse().map_err(|_| unreadable(oid))?;
        assembly.add(kind, oid, json).map_err(|wrong| unreadable(kind).source(wrong))
    });
    if let Err(error) = read.await {
        // Either the transaction is ours and failed, or the connection is gone and this fails too.
        let _ = session.query("ROLLBACK").await;
        return Err(explain(error));
    }
    if scope.measures() {
        positions(session, &mut assembly).await?;
    }
    let joined = assembly.join();
    let names = strange::names(session, &joined.strange()).await?;
    Ok(joined.finish(&names))
}

/// Printing an index, a default or a check opens its table, which waits behind a session that holds it exclusively.
fn explain(error: Error) -> Error {
    const LOCK_NOT_AVAILABLE: &str = "55P03";
    let locked = error.sqlstate() == Some(LOCK_NOT_AVAILABLE);
    let error = error.context("cannot read the catalog");
    match locked {
        true => error.of_kind(ErrorKind::Locked).hint("a session holds a table exclusively: try again when it is done"),
        false => error,
    }
}

/// Reads the last value of each sequence. They belong to no snapshot, so nothing is lost by asking later.
async fn positions(session: &mut PostgresSession, assembly: &mut Assembly) -> Result<()> {
    for oids in assembly.sequence_oids().chunks(SEQUENCES_AT_ONCE) {
        let rows = match session.query(&positions_of(oids)).await {
            Ok(rows) => rows,
            // Dropped or locked since the snapshot: a position that cannot be told is `None`.
            Err(error) if error.kind() == ErrorKind::Sql => {
                session.query("ROLLBACK").await?;
                continue;
            }
            Err(error) => return Err(error.context("cannot read the positions of sequences")),
        };
        for row in rows {
            if let [Some(oid), Some(value)] = row.as_slice() {
                let number = |text: &str| text.parse::<i64>().map_err(|_| unreadable(text));
                assembly.set_last_value(number(oid)? as Oid, number(value)?);
            }
        }
    }
    Ok(())
}

fn positions_of(oids: &[Oid]) -> String {
    let list = oids.iter().map(Oid::to_string).collect::<Vec<_>>().join(",");
    // A standby cannot read an unlogged sequence.
    format!(
        "BEGIN READ ONLY; SET LOCAL lock_timeout = '1s';
        SELECT c.oid, pg_catalog.pg_sequence_last_value(c.oid)
        FROM pg_catalog.pg_class c
        WHERE c.oid = ANY ('{{{list}}}'::pg_catalog.oid[]) AND c.relkind = 'S'
          AND CASE WHEN c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery() THEN false
              ELSE pg_catalog.has_sequence_privilege(c.oid, 'USAGE, SELECT') END;
        COMMIT"
    )
}

/// The server answered what no version of it is known to answer.
fn unreadable(what: &str) -> Error {
    Error::new(ErrorKind::Verification, format!("the catalog's answer cannot be understood: {what}"))
}
