//! Starts: the first from nothing, the second with nothing to do, sixteen at the same moment.

use futures_util::future::join_all;
use mainstay::prepare::SafetyOutcome;
use walt::{devices, server};

use crate::SERVER;
use crate::ground::Ground;

/// # First start
///
/// There is a PostgreSQL server, and nothing of WalT on it. After the start there is a role, a database that it owns, and
/// in it WalT's twelve tables with their indexes.
pub async fn first_start_from_nothing(machine: &Ground) {
    assert_eq!(machine.psql("postgres", "SELECT count(*) FROM pg_roles WHERE rolname = 'walt'"), "0");

    let (prepared, mut db) = machine.start("walt").await;

    assert!(prepared.created.iter().any(|step| step.contains("role walt")), "{:?}", prepared.created);
    assert!(prepared.created.iter().any(|step| step.contains("database walt")), "{:?}", prepared.created);
    assert_eq!(prepared.safety, SafetyOutcome::NotNeeded, "there was nothing to lose");
    assert_eq!(machine.psql("walt", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "12");
    assert_eq!(machine.psql("walt", "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"), "walt");

    // Every reference can be followed backwards by an index.
    let bare = "SELECT conrelid::regclass || '.' || attname FROM pg_constraint
        JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
        WHERE contype = 'f' AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1])";
    assert_eq!(machine.psql("walt", bare), "");

    // The server enters itself.
    server::enter(&mut db, SERVER, "192.168.152.1").await.unwrap();
    assert_eq!(devices::by_ip(&db, "192.168.152.1").await.unwrap().unwrap().kind, "server");
}

/// # Second start
///
/// Everything is there, so nothing is done: no copy, no migration, not a row written.
pub async fn second_start_changes_nothing(machine: &Ground) {
    let next_transaction = "SELECT pg_snapshot_xmax(pg_current_snapshot())";
    let (schema, before) = (machine.schema("walt"), machine.psql("walt", next_transaction));

    let (prepared, _) = machine.start("walt").await;

    assert_eq!(machine.psql("walt", next_transaction), before, "no transaction has written");
    assert!(prepared.created.is_empty() && prepared.migrations.is_none(), "{prepared:?}");
    assert_eq!(prepared.safety, SafetyOutcome::NotNeeded);
    assert_eq!(machine.schema("walt"), schema);
}

/// # Sixteen at once
///
/// Sixteen daemons start at the same moment on a machine with nothing of WalT. One makes everything; all become ready.
#[tokio::test]
async fn sixteen_daemons_start_at_once() {
    let machine = Ground::new();
    let starts = join_all((0..16).map(|_| async {
        let (prepared, mut db) = machine.start("walt").await;
        server::enter(&mut db, SERVER, "192.168.152.1").await.unwrap();
        prepared
    }));
    let prepared = starts.await;
    assert_eq!(prepared.iter().filter(|prepared| prepared.migrations.is_some()).count(), 1);
    let version = &prepared[0].version;
    assert!(version.is_some() && prepared.iter().all(|prepared| prepared.version == *version));
    assert_eq!(machine.psql("walt", "SELECT count(*) FROM devices"), "1");
}
