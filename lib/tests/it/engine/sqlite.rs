//! What SQLite's engine does on its own: files, journals, observers.

use std::path::Path;
use std::sync::{Arc, Mutex};

use mainstay::catalog::Scope;
use mainstay::conn::{SqliteTarget, Target};
use mainstay::engine::{Context, Flight, Session, connect};
use mainstay::observer::{Event, Observer, Silent};
use mainstay::sql::{Flavor, split};
use mainstay::{Error, ErrorKind};

fn context(observer: Arc<dyn Observer>) -> Context {
    Context { observer, dial: None, application_name: "mainstay test".to_owned() }
}

async fn open(path: &Path) -> Result<Box<dyn Session>, Error> {
    connect(&Target::Sqlite(SqliteTarget { path: path.to_owned() }), &context(Arc::new(Silent))).await
}

async fn refused(path: &Path) -> Error {
    open(path).await.err().expect("this must not open")
}

#[tokio::test]
async fn a_missing_file_is_made_by_the_first_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.db");
    let mut session = open(&path).await.unwrap();
    assert_eq!(session.query("SELECT count(*) FROM sqlite_schema").await.unwrap(), [vec![Some("0".to_owned())]]);
    session.query("SELECT * FROM t").await.unwrap_err();
    session.catalog(Scope::All).await.unwrap();
    assert!(!path.exists(), "reading made a file");
    session.query("CREATE TABLE t (a int); INSERT INTO t VALUES (1)").await.unwrap();
    assert!(path.exists());
    let mode = session.query("PRAGMA journal_mode").await.unwrap();
    assert_eq!(mode, [vec![Some("wal".to_owned())]]);
    let keys = session.query("PRAGMA foreign_keys").await.unwrap();
    assert_eq!(keys, [vec![Some("1".to_owned())]]);
}

#[tokio::test]
async fn a_file_that_appears_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.db");
    let mut reader = open(&path).await.unwrap();
    let mut writer = open(&path).await.unwrap();
    writer.query("CREATE TABLE t (a int)").await.unwrap();
    assert!(reader.query("SELECT * FROM t").await.unwrap().is_empty());
}

#[tokio::test]
async fn reading_leaves_the_journal_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let before = std::fs::read(&path).unwrap();
    let mut session = open(&path).await.unwrap();
    session.query("SELECT * FROM t").await.unwrap();
    session.close().await;
    assert!(std::fs::read(&path).unwrap() == before, "reading changed the file");

    let mut session = open(&path).await.unwrap();
    session.query("INSERT INTO t VALUES (1)").await.unwrap();
    session.close().await;
    assert!(!folder.path().join("old.db-wal").exists(), "the file was not closed when close() came back");
}

#[tokio::test]
async fn what_is_no_database_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    std::fs::write(&path, "Dear reader, this file is a letter and much longer than a header is. ".repeat(20)).unwrap();
    let error = refused(&path).await;
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert!(error.message().ends_with("letter.txt is not an SQLite database"), "{error:?}");

    let error = refused(folder.path()).await;
    assert!(error.message().ends_with("is a folder, not a database file"), "{error:?}");

    let error = refused(&folder.path().join("none/service.db")).await;
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.message().ends_with("none does not exist"), "{error:?}");
    assert!(error.hints()[0].contains("mkdir -p"), "{error:?}");

    let error = refused(&path.join("service.db")).await;
    assert!(error.message().ends_with("letter.txt is no folder"), "{error:?}");
}

#[tokio::test]
async fn an_error_names_the_code_and_the_object() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = open(&folder.path().join("a.db")).await.unwrap();
    session.query("CREATE TABLE t (a int UNIQUE); INSERT INTO t VALUES (1)").await.unwrap();
    let error = session.query("INSERT INTO t VALUES (1)").await.unwrap_err();
    let sql = error.sql().unwrap();
    assert_eq!(sql.routine.as_deref(), Some("SQLITE_CONSTRAINT_UNIQUE"));
    assert_eq!(sql.object.as_deref(), Some("t.a"));
    let error = session.query("SELECT 'é', nobody").await.unwrap_err();
    assert_eq!(error.sql().unwrap().position, Some(13));
    assert_eq!(session.query("SELECT :name").await.unwrap_err().sqlstate(), Some("42P02"));
    assert_eq!(session.query("SELECT 'open").await.unwrap_err().sqlstate(), Some("42601"));
}

#[tokio::test]
async fn a_reader_that_is_no_writer_gets_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let mut session = open(&path).await.unwrap();
    session.query("CREATE TABLE t (a int); PRAGMA query_only = on").await.unwrap();
    let error = session.query("INSERT INTO t VALUES (1)").await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("25006"), "{error:?}");
}

#[tokio::test]
async fn triggers_and_cases_split_as_sqlite_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = open(&folder.path().join("a.db")).await.unwrap();
    let script = "CREATE TABLE t (a int, b text);
        CREATE TRIGGER g AFTER INSERT ON t BEGIN
          UPDATE t SET b = CASE WHEN new.a > 1 THEN 'many' ELSE 'one' END WHERE a = new.a;
          INSERT INTO t SELECT 1, 'x;END;' WHERE new.a = 2;
        END;
        INSERT INTO t (a) VALUES (2);";
    let statements = split(script, Flavor::Sqlite).unwrap();
    session.fly(Flight { statements: &statements, ..Flight::default() }).await.unwrap();
    let rows = session.query("SELECT a, b FROM t ORDER BY a DESC").await.unwrap();
    assert_eq!(rows[0], [Some("2".to_owned()), Some("many".to_owned())]);
}

/// Foreign keys are off inside a flight that asks for it, must hold at its end, and are on again whatever came of it.
#[tokio::test]
async fn a_flight_without_foreign_keys() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = open(&folder.path().join("a.db")).await.unwrap();
    session
        .query(
            "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INT REFERENCES p ON DELETE CASCADE);
             INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)",
        )
        .await
        .unwrap();
    let anew = "CREATE TABLE q (id INTEGER PRIMARY KEY, n); INSERT INTO q (id) SELECT id FROM p; DROP TABLE p; \
                PRAGMA legacy_alter_table = ON; ALTER TABLE q RENAME TO p";
    for (script, good) in
        [(format!("{anew}; UPDATE p SET id = 2"), false), (format!("{anew}; nonsense"), false), (anew.to_owned(), true)]
    {
        let statements = split(&script, Flavor::Sqlite).unwrap();
        let flown =
            session.fly(Flight { statements: &statements, without_foreign_keys: true, ..Flight::default() }).await;
        assert_eq!(flown.is_ok(), good, "{script}: {flown:?}");
        let now = "SELECT (SELECT count(*) FROM c), (SELECT foreign_keys FROM pragma_foreign_keys), \
                   (SELECT count(*) FROM pragma_table_info('p'))";
        let columns = if good { "2" } else { "1" };
        assert_eq!(
            session.query(now).await.unwrap()[0],
            ["1", "1", columns].map(|one| Some(one.to_owned())),
            "{script}"
        );
        if !good {
            assert_eq!(session.query("PRAGMA legacy_alter_table").await.unwrap(), [[Some("0".to_owned())]]);
        }
    }
}

#[tokio::test]
async fn flights_of_two_sessions_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let mut first = open(&path).await.unwrap();
    first.query("CREATE TABLE t (a int)").await.unwrap();
    let mut second = open(&path).await.unwrap();
    let statements = split("INSERT INTO t SELECT count(*) FROM t", Flavor::Sqlite).unwrap();
    for _ in 0..20 {
        let flight = Flight { statements: &statements, ..Flight::default() };
        let (one, other) = tokio::join!(first.fly(flight), second.fly(flight));
        one.unwrap();
        other.unwrap();
    }
    let rows = first.query("SELECT count(*), count(DISTINCT a) FROM t").await.unwrap();
    assert_eq!(rows, [vec![Some("40".to_owned()), Some("40".to_owned())]]);
}

#[tokio::test]
async fn a_lock_that_a_dead_process_left_is_free() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.db-mainstay-lock-migrate"), "1\nmainstay\nlong ago\n").unwrap();
    let mut session = open(&folder.path().join("a.db")).await.unwrap();
    assert_eq!(session.lock_holder("migrate").await.unwrap(), None);
    assert!(session.try_lock("migrate").await.unwrap());
}

#[derive(Default)]
struct Ear(Mutex<Vec<String>>);

impl Observer for Ear {
    fn event(&self, event: Event<'_>) {
        if let Event::Sql { sql, error, .. } = event {
            self.0
                .lock()
                .unwrap()
                .push(format!("{sql}{}", error.map(|text| format!(" -- {text}")).unwrap_or_default()));
        }
    }

    fn wants_sql(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn an_observer_hears_every_statement_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let ear = Arc::new(Ear::default());
    let target = Target::Sqlite(SqliteTarget { path: folder.path().join("a.db") });
    let mut session = connect(&target, &context(ear.clone())).await.unwrap();
    session.query("CREATE TABLE u (password text); UPDATE u SET password = 'secret'").await.unwrap();
    session.query("SELECT nobody").await.unwrap_err();
    let statements = split("INSERT INTO u VALUES (1)", Flavor::Sqlite).unwrap();
    session.fly(Flight { statements: &statements, ..Flight::default() }).await.unwrap();
    assert_eq!(
        *ear.0.lock().unwrap(),
        [
            "CREATE TABLE u (password text)",
            "UPDATE u SET password = '***'",
            "SELECT nobody -- no such column: nobody",
            "BEGIN IMMEDIATE",
            "INSERT INTO u VALUES (1)",
            "COMMIT",
        ]
    );
}
