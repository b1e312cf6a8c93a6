//! What a console knows between two statements: the user's transaction, and the names that there are.

use mainstay::conn::{SqliteTarget, Target};
use mainstay::console::{Console, Names, Transaction};
use mainstay_testing::server;

use super::{console, run};

const TABLE: &str = "CREATE TABLE t (id int CHECK (id > 0), note text)";

async fn ends_in(console: &mut Console, sql: &str, expected: Transaction) {
    let _ = run(console, sql).await;
    assert_eq!(console.transaction(), expected, "after {sql}");
}

#[tokio::test]
async fn the_transaction_is_followed() {
    let database = server().database();
    database.psql(TABLE);
    let mut console = console(&database.target(), true).await;
    for (sql, expected) in [
        ("INSERT INTO t VALUES (1)", Transaction::None),
        ("BEGIN; INSERT INTO t VALUES (2)", Transaction::Open),
        ("SAVEPOINT a; INSERT INTO t VALUES (-1)", Transaction::Failed),
        ("SELECT 1", Transaction::Failed),
        ("ROLLBACK TO a", Transaction::Open),
        ("COMMIT AND CHAIN", Transaction::Open),
        ("nonsense", Transaction::Failed),
        ("COMMIT", Transaction::None),
    ] {
        ends_in(&mut console, sql, expected).await;
        // The server's own word: only a failed transaction refuses everything.
        let refused = console.session().query("SELECT 1").await.is_err();
        assert_eq!(refused, expected == Transaction::Failed, "after {sql}");
    }
    assert_eq!(database.psql("SELECT count(*) FROM t").trim(), "2");
}

#[tokio::test]
async fn the_transaction_of_a_file_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::Sqlite(SqliteTarget { path: folder.path().join("a.db") });
    let mut console = console(&target, true).await;
    for (sql, expected) in [
        (TABLE, Transaction::None),
        ("BEGIN; INSERT INTO t VALUES (1, 'a')", Transaction::Open),
        ("INSERT INTO t VALUES (-1, 'b')", Transaction::Open),
        ("COMMIT", Transaction::None),
        ("SAVEPOINT s", Transaction::Open),
        ("RELEASE s", Transaction::None),
    ] {
        ends_in(&mut console, sql, expected).await;
        let open = console.session().query("BEGIN").await.is_err();
        assert_eq!(open, expected == Transaction::Open, "after {sql}");
        if !open {
            console.session().query("ROLLBACK").await.expect("ends what was just begun");
        }
    }
}

fn columns<'a>(names: &'a Names, schema: &str, name: &str) -> Option<&'a [String]> {
    let relation = names.relations.iter().find(|one| one.schema == schema && one.name == name)?;
    Some(&relation.columns)
}

#[tokio::test]
async fn names_are_known() {
    let database = server().database();
    database.psql("CREATE SCHEMA app; CREATE TABLE app.t (id int, \"Note\" text); CREATE VIEW v AS SELECT 1 AS one");
    let mut console = console(&database.target(), false).await;
    let names = console.names().await.expect("names");
    assert_eq!(columns(&names, "app", "t"), Some(&["id".to_owned(), "Note".to_owned()][..]));
    assert_eq!(columns(&names, "public", "v"), Some(&["one".to_owned()][..]));
    let visible = |name: &str| names.relations.iter().any(|one| one.name == name && one.visible);
    assert!(visible("v") && !visible("t") && visible("pg_class"));
    let has = |list: &[String], name: &str| list.iter().any(|one| one == name);
    assert!(has(&names.schemas, "app") && has(&names.functions, "lower") && has(&names.keywords, "select"));
    assert!(has(&names.databases, database.name()));
    assert_eq!(run(&mut console, "SELECT 1").await.len(), 1, "the session is as it was");
}

#[tokio::test]
async fn names_of_a_file_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::Sqlite(SqliteTarget { path: folder.path().join("a.db") });
    let mut console = console(&target, true).await;
    run(&mut console, TABLE).await;
    let names = console.names().await.expect("names");
    assert_eq!(columns(&names, "main", "t"), Some(&["id".to_owned(), "note".to_owned()][..]));
    assert!(names.functions.iter().any(|name| name == "lower"));
}
