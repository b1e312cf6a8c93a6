//! Many writers of one SQLite file: each gets its turn, and the one who does not is told why.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{scope, spawn, yield_now};
use std::time::Duration;

use mainstay::conn::{SqliteTarget, Target};
use mainstay::engine::sqlite::SharedFile;
use mainstay::engine::{Context, Flight, connect};
use mainstay::observer::Silent;
use mainstay::rusqlite::{Connection, TransactionBehavior};
use mainstay::sql::{Flavor, split};
use mainstay::{Error, ErrorKind, Result};

/// A folder with a file that has a table `t (who)`.
struct Ground(tempfile::TempDir);

impl Ground {
    fn new() -> Self {
        let ground = Self(tempfile::tempdir().unwrap());
        ground.file().write_blocking(|tx| Ok::<_, Error>(tx.execute_batch("CREATE TABLE t (who int)")?)).unwrap();
        ground
    }

    fn target(&self) -> SqliteTarget {
        SqliteTarget { path: self.0.path().join("a.db") }
    }

    fn context() -> Context {
        Context { observer: Arc::new(Silent), dial: None, application_name: "a test".to_owned() }
    }

    fn file(&self) -> SharedFile {
        SharedFile::new(&self.target(), &Self::context())
    }

    fn rows(&self) -> Vec<i64> {
        let read = |tx: &mainstay::rusqlite::Transaction<'_>| -> Result<Vec<i64>> {
            let mut query = tx.prepare("SELECT who FROM t ORDER BY rowid")?;
            let rows = query.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<mainstay::rusqlite::Result<_>>()?)
        };
        self.file().read_blocking(read).unwrap()
    }

    /// How many places in the queue were given out so far.
    fn drawn(&self) -> u64 {
        let text = std::fs::read_to_string(self.0.path().join("a.db-mainstay-queue")).unwrap();
        text[..20].parse().unwrap()
    }

    fn wait_until_somebody_drew(&self) {
        while std::fs::metadata(self.0.path().join("a.db-mainstay-queue")).unwrap().len() < 20 {
            yield_now();
        }
    }

    fn wait_until_drawn(&self, number: u64) {
        while self.drawn() < number {
            yield_now();
        }
    }
}

fn insert(file: &SharedFile, who: i64) -> Result<()> {
    file.write_blocking(|tx| {
        let _: i64 = tx.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?;
        tx.execute("INSERT INTO t VALUES (?1)", [who])?;
        Ok(())
    })
}

/// A writer that has begun and goes on when told to.
fn begun(file: SharedFile) -> (Sender<()>, std::thread::JoinHandle<Result<()>>) {
    let (go, told): (Sender<()>, Receiver<()>) = channel();
    let (tell, has_begun) = channel();
    let writer = spawn(move || {
        file.write_blocking(|tx| {
            tell.send(()).unwrap();
            told.recv().unwrap();
            tx.execute("INSERT INTO t VALUES (0)", [])?;
            Ok(())
        })
    });
    has_begun.recv().unwrap();
    (go, writer)
}

#[test]
fn who_came_first_writes_first_and_nobody_steps_in_front() {
    let ground = Ground::new();
    let (go, first) = begun(ground.file());
    let before = ground.drawn();
    scope(|scope| {
        for who in 1..=20 {
            let ground = &ground;
            scope.spawn(move || insert(&ground.file(), who).unwrap());
            ground.wait_until_drawn(before + who as u64);
        }
        // The one who is writing wants to again at once, and stands behind those who wait.
        go.send(()).unwrap();
        first.join().unwrap().unwrap();
        insert(&ground.file(), 21).unwrap();
    });
    assert_eq!(ground.rows(), (0..=21).collect::<Vec<_>>());
}

#[test]
fn a_plain_deferred_transaction_fails_at_once_however_long_it_would_wait() {
    let ground = Ground::new();
    let mut plain = Connection::open(ground.target().path).unwrap();
    plain.busy_timeout(Duration::from_secs(600)).unwrap();
    let tx = plain.transaction_with_behavior(TransactionBehavior::Deferred).unwrap();
    let _: i64 = tx.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
    insert(&ground.file(), 1).unwrap();
    let error = tx.execute("INSERT INTO t VALUES (2)", []).unwrap_err();
    assert_eq!(error.to_string(), "database is locked");
}

#[test]
fn a_reader_waits_for_no_writer() {
    let ground = Ground::new();
    let (go, writer) = begun(ground.file());
    assert!(ground.rows().is_empty());
    go.send(()).unwrap();
    writer.join().unwrap().unwrap();
    assert_eq!(ground.rows(), [0]);
}

#[test]
fn at_the_end_of_the_patience_it_is_told_who_writes() {
    let ground = Ground::new();
    let (go, writer) = begun(ground.file());
    let error = insert(&ground.file().patience(Duration::from_millis(50)), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    let pid = std::process::id();
    let (start, end) = error.message().split_once(" since ").unwrap();
    assert!(start.starts_with("waited "), "{error:?}");
    assert!(start.ends_with(&format!("a.db: a test, process {pid}")), "{error:?}");
    assert!(end.ends_with(" UTC is writing"), "{error:?}");
    assert!(error.hints()[0].contains(&format!("ps -fp {pid};")), "{error:?}");
    go.send(()).unwrap();
    writer.join().unwrap().unwrap();
    insert(&ground.file(), 2).unwrap();
    assert_eq!(ground.rows(), [0, 2]);
}

#[test]
fn a_program_that_does_not_queue_is_waited_for_and_named() {
    let ground = Ground::new();
    let mut other = Connection::open(ground.target().path).unwrap();
    let tx = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let error = insert(&ground.file().patience(Duration::from_millis(50)), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert!(error.message().contains(&format!("process {}, has locked", std::process::id())), "{error:?}");
    assert!(error.message().starts_with("waited 1.0 s to write: ") && error.message().ends_with("a.db"), "{error:?}");
    assert!(error.hints()[0].contains("COMMIT or ROLLBACK"), "{error:?}");
    assert_eq!(error.causes().last().map(String::as_str), Some("database is locked"));

    // It ends its transaction while we wait: then we write.
    let before = ground.drawn();
    scope(|scope| {
        let patient = scope.spawn(|| insert(&ground.file(), 2));
        ground.wait_until_drawn(before + 1);
        tx.commit().unwrap();
        patient.join().unwrap().unwrap();
    });
    assert_eq!(ground.rows(), [2]);
}

#[tokio::test]
async fn a_future_that_is_dropped_gives_up_its_place() {
    let ground = Ground::new();
    let (go, writer) = begun(ground.file());
    let before = ground.drawn();
    let file = ground.file();
    let waiting = tokio::spawn(async move {
        file.write(|tx| Ok::<_, Error>(tx.execute("INSERT INTO t VALUES (1)", [])?)).await.map(drop)
    });
    let file = ground.file();
    while ground.drawn() == before {
        tokio::task::yield_now().await;
    }
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    go.send(()).unwrap();
    writer.join().unwrap().unwrap();
    file.write(|tx| Ok::<_, Error>(tx.execute("INSERT INTO t VALUES (2)", [])?)).await.unwrap();
    assert_eq!(ground.rows(), [0, 2]);
}

#[tokio::test]
async fn sessions_queue_as_well() {
    let ground = Ground::new();
    let mut session = connect(&Target::Sqlite(ground.target()), &Ground::context()).await.unwrap();
    let (go, writer) = begun(ground.file());
    let before = ground.drawn();
    let statements = split("INSERT INTO t VALUES (1)", Flavor::Sqlite).unwrap();
    let flight = session.fly(Flight { statements: &statements, ..Flight::default() });
    let release = async {
        while ground.drawn() == before {
            tokio::task::yield_now().await;
        }
        go.send(()).unwrap();
    };
    let (flown, ()) = tokio::join!(flight, release);
    flown.unwrap();
    writer.join().unwrap().unwrap();

    // A transaction begun by hand has its turn until it ends; reading takes none.
    let before = ground.drawn();
    session.query("BEGIN IMMEDIATE; INSERT INTO t VALUES (2)").await.unwrap();
    session.query("WITH all_rows AS (SELECT * FROM t) SELECT count(*) FROM all_rows").await.unwrap();
    assert_eq!(insert(&ground.file().patience(Duration::ZERO), 3).unwrap_err().kind(), ErrorKind::Locked);
    session.query("COMMIT").await.unwrap();
    session.query("WITH all_rows AS (SELECT * FROM t) SELECT count(*) FROM all_rows").await.unwrap();
    assert_eq!(ground.drawn(), before + 2);
    session.query("INSERT INTO t VALUES (4)").await.unwrap();
    assert_eq!(ground.rows(), [0, 1, 2, 4]);
}

#[tokio::test]
async fn work_is_all_or_nothing() {
    let ground = Ground::new();
    let file = ground.file();
    let write = |sql: &'static str, then: fn() -> Result<()>| {
        let file = file.clone();
        async move {
            let work = move |tx: &mainstay::rusqlite::Transaction<'_>| {
                tx.execute_batch(sql)?;
                then()
            };
            file.write(work).await
        }
    };
    let error = write("INSERT INTO t VALUES (1)", || Err(Error::new(ErrorKind::Refused, "no"))).await.unwrap_err();
    assert_eq!(error.message(), "no");
    let error = write("INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)", || Ok(())).await.unwrap_err();
    assert_eq!((error.sqlstate(), error.message()), (Some("42P01"), "no such table: u"));
    let file_of_panic = file.clone();
    let panicked = tokio::spawn(async move {
        let work = |tx: &mainstay::rusqlite::Transaction<'_>| -> Result<()> {
            tx.execute_batch("INSERT INTO t VALUES (1)")?;
            panic!("an embedder's mistake")
        };
        file_of_panic.write(work).await
    });
    assert!(panicked.await.unwrap_err().is_panic());
    let error = write("INSERT INTO t VALUES (7); COMMIT", || Ok(())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().starts_with("the work has ended its transaction by itself"), "{error:?}");
    let error = file.read(|tx| Ok::<_, Error>(tx.execute_batch("INSERT INTO t VALUES (1)")?)).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("25006"));
    write("INSERT INTO t VALUES (2)", || Ok(())).await.unwrap();
    assert_eq!(ground.rows(), [7, 2]);
}

#[tokio::test]
async fn a_file_is_its_owners_and_those_beside_it_have_its_rights() {
    let ground = Ground::new();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let path = ground.target().path;
    assert_eq!(mode(&path), 0o600);

    // The owner lets a group in: whatever is made beside it then lets it in too.
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o660)).unwrap();
    let queue = ground.0.path().join("a.db-mainstay-queue");
    std::fs::remove_file(&queue).unwrap();
    insert(&ground.file(), 1).unwrap();
    assert_eq!(mode(&queue), 0o660);

    let target = Target::Sqlite(SqliteTarget { path: ground.0.path().join("b.db") });
    connect(&target, &Ground::context()).await.unwrap().query("CREATE TABLE t (a)").await.unwrap();
    assert_eq!(mode(&ground.0.path().join("b.db")), 0o600);
}

#[test]
fn a_damaged_queue_stops_nobody() {
    let ground = Ground::new();
    for text in ["\0\0 no number at all \u{fffd}", "09223372036854775807\n", "-0000000000000000005\n"] {
        std::fs::write(ground.0.path().join("a.db-mainstay-queue"), text).unwrap();
        ground.file().patience(Duration::MAX).write_blocking(|_| Ok::<_, Error>(())).unwrap();
    }
    let (go, writer) = begun(ground.file());
    std::fs::write(ground.0.path().join("a.db-mainstay-queue"), "").unwrap();
    let done = Mutex::new(Vec::new());
    scope(|scope| {
        let behind = scope.spawn(|| {
            insert(&ground.file(), 1).unwrap();
            done.lock().unwrap().push(1);
        });
        ground.wait_until_somebody_drew();
        done.lock().unwrap().push(0);
        go.send(()).unwrap();
        behind.join().unwrap();
    });
    writer.join().unwrap().unwrap();
    assert_eq!(*done.lock().unwrap(), [0, 1]);
    assert_eq!(ground.rows(), [0, 1]);
}
