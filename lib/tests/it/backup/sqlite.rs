//! Copies of an SQLite database.

use std::os::unix::fs::MetadataExt;

use mainstay::backup::has_rows;
use mainstay::conn::{SqliteTarget, Target};
use mainstay::engine::connect;

use super::{context, copy, names};

#[tokio::test]
async fn a_copy_has_the_same_rows_and_only_then_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::Sqlite(SqliteTarget { path: folder.path().join("my data.db") });
    let mut session = connect(&target, &context()).await.unwrap();
    session.query("CREATE TABLE \"a b\" (n INTEGER PRIMARY KEY, t TEXT)").await.unwrap();
    session.query("INSERT INTO \"a b\" (t) VALUES ('one'), ('two')").await.unwrap();
    let copies = folder.path().join("copies");
    let done = copy(&target, &copies, "").await.unwrap();
    assert_eq!(names(&copies), ["my_data.before-20261120T120000Z.sqlite3"]);
    assert_eq!(std::fs::metadata(&done.path).unwrap().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(&done.path).unwrap().len(), done.bytes);

    let mut copied = connect(&Target::Sqlite(SqliteTarget { path: done.path }), &context()).await.unwrap();
    let ask = "SELECT n, t FROM \"a b\" ORDER BY n";
    assert_eq!(copied.query(ask).await.unwrap(), session.query(ask).await.unwrap());
}

#[tokio::test]
async fn an_earlier_copy_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::Sqlite(SqliteTarget { path: folder.path().join("a.db") });
    let done = copy(&target, folder.path(), "").await.unwrap();
    let before = std::fs::read(&done.path).unwrap();
    assert_ne!(copy(&target, folder.path(), "").await.unwrap().path, done.path);
    assert_eq!(std::fs::read(&done.path).unwrap(), before);
}

#[tokio::test]
async fn only_rows_of_the_users_own_count() {
    let cases = [
        ("SELECT 1", false),
        ("CREATE TABLE a (n)", false),
        ("CREATE TABLE a (n); INSERT INTO a VALUES (1)", true),
        ("CREATE TABLE a (n INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO a VALUES (1); DELETE FROM a", false),
        ("CREATE TABLE mainstay_migration (n); INSERT INTO mainstay_migration VALUES (1)", false),
        ("CREATE TABLE schema_migrations (version); INSERT INTO schema_migrations VALUES (1)", false),
        ("CREATE TABLE schema_version (n); INSERT INTO schema_version VALUES (1)", true),
        ("CREATE TABLE \"it's \"\"a\"\"\" (n); INSERT INTO \"it's \"\"a\"\"\" VALUES (1)", true),
    ];
    for (sql, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::Sqlite(SqliteTarget { path: folder.path().join("a.db") });
        let mut session = connect(&target, &context()).await.unwrap();
        session.query(sql).await.unwrap();
        assert_eq!(has_rows(session.as_mut()).await.unwrap(), expected, "{sql}");
    }
}
