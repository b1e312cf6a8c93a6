//! The same on a file.

use mainstay::conn::{SqliteTarget, Target};
use mainstay::sql::Statement;

use super::{Kept, console, run};

const ATTACKS: &[&str] = &[
    "DELETE FROM t",
    "COMMIT; DELETE FROM t",
    "BEGIN IMMEDIATE; DELETE FROM t; COMMIT",
    "/* */ END; UPDATE t SET note = 'x'",
    "INSERT INTO t VALUES (3, 'three') RETURNING *",
    "WITH a AS (SELECT 1) DELETE FROM t",
    "REPLACE INTO t VALUES (1, 'x')",
    "PRAGMA query_only = off; DELETE FROM t",
    "PRAGMA query_only(0); DELETE FROM t",
    "PRAGMA user_version(7)",
    "PRAGMA user_version = 7",
    "PRAGMA journal_mode(delete)",
    "PRAGMA writable_schema(1); UPDATE sqlite_schema SET sql = ''",
    "ATTACH 'evil.db' AS evil; CREATE TABLE evil.t (id int)",
    "/* a */ attach database 'evil.db' as evil",
    "VACUUM",
    "VACUUM INTO 'evil.db'",
    "CREATE TABLE evil (id int)",
    "CREATE TEMP TABLE evil (id int)",
    "DROP TABLE t",
    "REINDEX",
    "ANALYZE",
    "EXPLAIN DELETE FROM t",
    "SELECT 1; DELETE FROM t",
    "SELECT load_extension('evil')",
];

#[tokio::test]
async fn nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("service.db");
    let target = Target::Sqlite(SqliteTarget { path: path.clone() });
    let mut writes = console(&target, true).await;
    for outcome in
        run(&mut writes, "CREATE TABLE t (id int PRIMARY KEY, note text); INSERT INTO t VALUES (1, 'one')").await
    {
        outcome.expect("runs");
    }
    writes.close().await;
    let files = || {
        let mut names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.retain(|name| !name.to_string_lossy().ends_with("-shm") && !name.to_string_lossy().ends_with("-wal"));
        (names, std::fs::read(&path).unwrap())
    };
    let before = files();
    for attack in ATTACKS {
        let mut reads = console(&target, false).await;
        run(&mut reads, attack).await;
        let statement = Statement { text: attack, offset: 0, line: 1, copy_data: None };
        let _ = reads.run(&statement, &mut Kept::default()).await;
        reads.close().await;
        assert_eq!(files(), before, "{attack}");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("service.db");
    let mut reads = console(&Target::Sqlite(SqliteTarget { path: path.clone() }), false).await;
    assert!(run(&mut reads, "SELECT 1").await[0].is_ok());
    assert!(run(&mut reads, "CREATE TABLE t (id int)").await[0].is_err());
    reads.close().await;
    assert!(!path.exists());
}
