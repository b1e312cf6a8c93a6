//! The session whose snapshot everybody reads: it locks every table first, so that none can be altered or dropped meanwhile.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::archive::digest::SETTINGS;
use crate::conn::PostgresTarget;
use crate::engine::postgres::{PostgresSession, blocking, connect, without_timeouts};
use crate::engine::{Context, Session, first_cell};
use crate::error::{Error, ErrorKind, Result};

use super::survey::OURS;

/// Tables that one statement locks.
const PER_STATEMENT: usize = 200;
/// Times that locking begins anew because tables came and went meanwhile.
const ATTEMPTS: usize = 5;

/// What such a session has besides: a scan begins where the table begins, and no other process reads in its place.
const SCAN: &str = "SET synchronize_seqscans = off; SET max_parallel_workers_per_gather = 0;";

/// The statements with which a session that reads rows begins.
pub(super) fn settings(version_number: u32) -> String {
    format!("{SETTINGS} {SCAN} {}", without_timeouts(version_number))
}

/// The exporting session.
pub(super) struct Leader {
    pub(super) session: PostgresSession,
    /// The same server for everybody who follows.
    pub(super) target: PostgresTarget,
    /// The name of its snapshot; `None` where it must not be shared, and this session reads everything by itself.
    pub(super) snapshot: Option<String>,
}

impl Leader {
    /// Connects, locks every table against being altered or dropped, and only then takes its snapshot.
    ///
    /// # Errors
    /// A table is locked by somebody else for longer than `patience`: names who.
    pub(super) async fn begin(target: &PostgresTarget, context: &Context, patience: Duration) -> Result<Self> {
        let mut session = connect(target, context).await?;
        let shares = mending(&session).is_none();
        let target = pinned(target, &session);
        let version = session.server().version_number;
        session.query(&settings(version)).await?;
        session.query(&format!("SET lock_timeout = {}", patience.as_millis().max(1))).await?;
        for attempt in 1.. {
            let tables = tables(&mut session).await?;
            // A lock takes no snapshot: what is locked is seen as it stays.
            session.query("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
            let locked = lock(&mut session, &tables).await;
            if let Err(error) = locked {
                session.query("ROLLBACK").await?;
                // A table that is gone was dropped since it was listed.
                if attempt < ATTEMPTS && matches!(error.sqlstate(), Some("42P01" | "3F000")) {
                    continue;
                }
                return Err(explained(&mut session, error, patience).await);
            }
            let mut snapshot = None;
            if shares {
                let exported = session.query("SELECT pg_catalog.pg_export_snapshot()").await?;
                snapshot = Some(first_cell(&exported).unwrap_or_default().to_owned());
            }
            if self::tables(&mut session).await?.is_subset(&tables) {
                return Ok(Self { session, target, snapshot });
            }
            session.query("ROLLBACK").await?;
            if attempt >= ATTEMPTS {
                let message = "tables are made faster than they can be locked";
                return Err(Error::new(ErrorKind::Locked, message).hint("run the command again in a quieter moment"));
            }
        }
        unreachable!("the attempts are counted")
    }

    /// Gives the locks back and ends the session.
    ///
    /// # Errors
    /// The connection broke: what was read by it was read before.
    pub(super) async fn end(mut self) -> Result<()> {
        self.session.query("COMMIT").await?;
        Box::new(self.session).close().await;
        Ok(())
    }
}

/// The tables that must stay as they are, ready for SQL: all but those whose rows an extension brings.
async fn tables(session: &mut PostgresSession) -> Result<BTreeSet<String>> {
    let rows = session
        .query(&format!(
            "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND {OURS} \
             AND (NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
                 WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e') \
               OR EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig))) \
             AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')"
        ))
        .await?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}

async fn lock(session: &mut PostgresSession, tables: &BTreeSet<String>) -> Result<()> {
    let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
    for some in tables.chunks(PER_STATEMENT) {
        let names: Vec<String> = some.iter().map(|name| format!("ONLY {name}")).collect();
        session.query(&format!("LOCK TABLE {} IN ACCESS SHARE MODE", names.join(", "))).await?;
    }
    Ok(())
}

/// Why the tables could not be locked, with who is in the way.
async fn explained(session: &mut PostgresSession, error: Error, patience: Duration) -> Error {
    match error.sqlstate() {
        Some("55P03") => in_the_way(session, error, patience).await,
        Some("53200") => error
            .context("the server has no room for a lock on each table")
            .hint("set max_locks_per_transaction = 256 in postgresql.conf and restart the server"),
        _ => error.context("the tables could not be locked against changes"),
    }
}

/// A lock that was not to be had in `patience`, with the sessions that are likely in the way.
pub(super) async fn in_the_way(session: &mut PostgresSession, error: Error, patience: Duration) -> Error {
    let holders = blocking(session, None).await.unwrap_or_default();
    let seconds = patience.as_secs_f64();
    let error = error.of_kind(ErrorKind::Locked).context(format!(
        "a table was locked by somebody else for longer than {seconds} seconds, so there is no backup"
    ));
    let said = holders.iter().take(3).map(|holder| format!("process {} {}", holder.pid, holder.description));
    said.fold(error, |error, holder| error.hint(format!("perhaps in the way: {holder}")))
        .hint("wait longer for it: mainstay backup create --lock-wait 10min")
}

/// Exporting a snapshot on a standby damaged the copy and the standby until the minor releases of November 2026: the one that mends
/// the session's server, `0` where none does; `None` where nothing is to be mended.
pub(super) fn mending(session: &PostgresSession) -> Option<u32> {
    let server = session.server();
    let mended = match server.version_number / 10_000 {
        14 => 140_025,
        15 => 150_020,
        16 => 160_016,
        17 => 170_012,
        18 => 180_007,
        19.. => return None,
        _ => 0,
    };
    (server.standby && (mended == 0 || server.version_number < mended)).then_some(mended)
}

/// What is told where a snapshot is not shared.
pub(super) fn alone(session: &PostgresSession, mended: u32) -> String {
    let server = session.server();
    let update = match mended {
        0 => "a newer major version does not have that".to_owned(),
        mended => format!("PostgreSQL {}.{} is mended", mended / 10_000, mended % 10_000),
    };
    format!(
        "{} is a standby of version {}, where a snapshot that is shared can damage the copy and the standby: one session reads it all, \
         and the objects are read twice; {update}",
        server.address, server.version
    )
}

/// A standby follows its primary, and ends whoever reads what the primary has done away with (40001).
pub(super) fn interrupted(error: Error, standby: bool) -> Error {
    if !standby || error.sqlstate() != Some("40001") {
        return error;
    }
    error
        .hint("let the standby wait for its readers: ALTER SYSTEM SET max_standby_streaming_delay = -1, then SELECT pg_reload_conf()")
        .hint("or let the primary know what they read: ALTER SYSTEM SET hot_standby_feedback = on")
}

/// The one of several servers that has answered: only there the snapshot is known.
fn pinned(target: &PostgresTarget, session: &PostgresSession) -> PostgresTarget {
    let address = &session.server().address;
    let answered = target.hosts.iter().find(|host| host.to_string() == *address).cloned();
    let hosts = answered.map_or_else(|| target.hosts.clone(), |host| vec![host]);
    PostgresTarget { hosts, ..target.clone() }
}
