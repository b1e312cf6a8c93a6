//! What goes wrong while a backup is taken leaves no backup, and nothing else.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use mainstay::backup::{Order, Taken, create};
use mainstay::conn::Target;
use mainstay::store::{FolderStore, Object, Sink, Source, Store};
use mainstay::{Error, ErrorKind};
use mainstay_testing::{TestDatabase, TestServer, server};
use tokio::sync::Notify;

use super::super::{context, names, search_path};
use super::{read, taken};

/// A folder whose objects go wrong as `fault` says.
struct Faulty {
    folder: FolderStore,
    fault: Fault,
    writes: Arc<AtomicUsize>,
    /// The first file has begun, and waits for the second of these.
    begun: Notify,
    go_on: Notify,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Nothing goes wrong; the first file waits.
    Waits,
    /// This file cannot be begun.
    Begins(usize),
    /// This file fails in the midst of its bytes.
    Writes(usize),
    /// This file fails at its end.
    Finishes(usize),
    /// The files read back otherwise.
    Flips,
    /// The manifest is not taken.
    Creates,
}

struct FaultySink {
    sink: Box<dyn Sink>,
    writes: bool,
    finishes: bool,
}

struct Flipped(Box<dyn Source>);

fn broken() -> Error {
    Error::new(ErrorKind::Io, "the store is broken")
}

impl Faulty {
    fn new(folder: &Path, fault: Fault) -> Self {
        let (begun, go_on) = (Notify::new(), Notify::new());
        Self { folder: FolderStore::new(folder), fault, writes: Arc::default(), begun, go_on }
    }
}

#[async_trait]
impl Store for Faulty {
    fn describe(&self) -> String {
        "a faulty store".to_owned()
    }

    async fn list(&self, under: &str) -> mainstay::Result<Vec<Object>> {
        self.folder.list(under).await
    }

    async fn read(&self, name: &str) -> mainstay::Result<Box<dyn Source>> {
        let source = self.folder.read(name).await?;
        Ok(if self.fault == Fault::Flips { Box::new(Flipped(source)) } else { source })
    }

    async fn write(&self, name: &str) -> mainstay::Result<Box<dyn Sink>> {
        let number = self.writes.fetch_add(1, Ordering::SeqCst);
        if self.fault == Fault::Begins(number) {
            return Err(broken());
        }
        if self.fault == Fault::Waits && number == 0 {
            self.begun.notify_one();
            self.go_on.notified().await;
        }
        let sink = self.folder.write(name).await?;
        let (writes, finishes) = (self.fault == Fault::Writes(number), self.fault == Fault::Finishes(number));
        Ok(Box::new(FaultySink { sink, writes, finishes }))
    }

    async fn create(&self, name: &str, bytes: &[u8]) -> mainstay::Result<()> {
        if self.fault == Fault::Creates { Err(broken()) } else { self.folder.create(name, bytes).await }
    }

    async fn remove(&self, name: &str) -> mainstay::Result<()> {
        self.folder.remove(name).await
    }
}

#[async_trait]
impl Sink for FaultySink {
    async fn write(&mut self, piece: &[u8]) -> mainstay::Result<()> {
        self.sink.write(&piece[..piece.len() / 2]).await?;
        if self.writes {
            return Err(broken());
        }
        self.sink.write(&piece[piece.len() / 2..]).await
    }

    async fn finish(self: Box<Self>) -> mainstay::Result<()> {
        if self.finishes { Err(broken()) } else { self.sink.finish().await }
    }
}

#[async_trait]
impl Source for Flipped {
    async fn next(&mut self) -> mainstay::Result<Option<Vec<u8>>> {
        let piece = self.0.next().await?;
        Ok(piece.map(|mut piece| {
            piece[0] ^= 1;
            piece
        }))
    }
}

/// Takes a backup into `store` by `jobs` sessions.
async fn into(store: &dyn Store, target: &Target, jobs: usize) -> mainstay::Result<Taken> {
    let (path, temporary) = (search_path(), std::env::temp_dir());
    let order = Order { jobs: Some(jobs), lock_wait: Duration::from_secs(1), ..Order::new(store, &path, &temporary) };
    create(target, &order, &context()).await
}

/// Two tables, of which the first is copied first.
fn two_tables(server: &TestServer) -> TestDatabase {
    let database = server.database();
    database.psql(
        "CREATE TABLE large AS SELECT n, repeat('x', 200) AS note FROM generate_series(1, 20000) n;
         CREATE TABLE little AS SELECT n FROM generate_series(1, 7) n;
         SELECT lo_from_bytea(0, '\\x01')",
    );
    database
}

/// What keeps from a backup whose large part is on its way is: nothing lies in the folder.
fn nothing(folder: &Path, what: &str) {
    assert_eq!(names(folder), Vec::<String>::new(), "{what}");
}

#[tokio::test]
async fn a_store_that_fails_leaves_nothing() {
    let database = two_tables(server());
    let mut faults = vec![Fault::Flips, Fault::Creates];
    // Two tables, a large object, four small files.
    for number in 0..7 {
        faults.extend([Fault::Begins(number), Fault::Writes(number), Fault::Finishes(number)]);
    }
    for fault in faults {
        let folder = tempfile::tempdir().unwrap();
        let store = Faulty::new(folder.path(), fault);
        let error = into(&store, &database.target(), 2).await.unwrap_err();
        let said = format!("{} {:?}", error.message(), error.causes());
        match fault {
            Fault::Flips => {
                assert_eq!(error.kind(), ErrorKind::Verification, "{said}");
                assert!(error.message().contains("reads back"), "{said}");
            }
            _ => assert!(said.contains("the store is broken"), "{fault:?}: {said}"),
        }
        nothing(folder.path(), &format!("{fault:?}"));
    }
    let folder = tempfile::tempdir().unwrap();
    let store = Faulty::new(folder.path(), Fault::Begins(usize::MAX));
    let taken = into(&store, &database.target(), 2).await.unwrap();
    assert_eq!(store.writes.load(Ordering::SeqCst), 7);
    assert_eq!(read(folder.path(), &taken).0.files.len(), 7);
}

#[tokio::test]
async fn a_server_that_dies_midway_leaves_nothing() {
    let mut server = TestServer::start(&[("synchronous_commit", "on")], "");
    let database = two_tables(&server);
    let (folder, target) = (tempfile::tempdir().unwrap(), database.target());
    let store = Arc::new(Faulty::new(folder.path(), Fault::Waits));
    let shared = Arc::clone(&store);
    let backup = tokio::spawn(async move { into(shared.as_ref(), &target, 1).await });
    store.begun.notified().await;
    server.crash();
    store.go_on.notify_one();
    let error = backup.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error:?}");
    nothing(folder.path(), "the server is dead");
    server.restart();
    let taken = into(&FolderStore::new(folder.path()), &database.target(), 2).await.unwrap();
    assert_eq!(read(folder.path(), &taken).0.tables.len(), 2);
}

#[tokio::test]
async fn a_table_that_is_to_be_altered_or_dropped_is_copied_as_it_was() {
    let database = two_tables(server());
    let (folder, target) = (tempfile::tempdir().unwrap(), database.target());
    let store = Arc::new(Faulty::new(folder.path(), Fault::Waits));
    let shared = Arc::clone(&store);
    let backup = tokio::spawn(async move { into(shared.as_ref(), &target, 1).await });
    store.begun.notified().await;
    // They wait for the backup's lock, and whoever comes after them waits for them.
    let name = database.name().to_owned();
    let alter = |sql: &'static str| {
        let name = name.clone();
        tokio::task::spawn_blocking(move || server().psql(&name, sql))
    };
    let altered = [alter("ALTER TABLE little ADD more int DEFAULT 5"), alter("DROP TABLE large")];
    let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE d.datname = current_database() AND NOT l.granted";
    while database.psql(waiting) != "2" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    store.go_on.notify_one();
    let taken = backup.await.unwrap().unwrap();
    for done in altered {
        done.await.unwrap();
    }
    assert_eq!(database.psql("SELECT count(*) || ' ' || sum(more) FROM little"), "7 35");
    let (manifest, _) = read(folder.path(), &taken);
    let rows: Vec<(&str, u64, usize)> =
        manifest.tables.iter().map(|table| (table.name.as_str(), table.rows.count, table.columns.len())).collect();
    assert_eq!(rows, [("large", 20000, 2), ("little", 7, 1)]);
}

/// Where nothing comes from the server and nobody waits for it any more, the server has to be told.
#[tokio::test]
async fn a_backup_that_is_given_up_leaves_no_session() {
    let database = server().database();
    // What an extension says of its rows is a condition, and may take its time.
    database.psql(
        "CREATE TABLE slow AS SELECT 1 AS a; ALTER EXTENSION plpgsql ADD TABLE slow;
         UPDATE pg_extension SET extconfig = ARRAY['slow'::regclass::oid], extcondition = ARRAY['WHERE pg_sleep(600) IS NOT NULL']
         WHERE extname = 'plpgsql'",
    );
    let (folder, target) = (tempfile::tempdir().unwrap(), database.target());
    let store = FolderStore::new(folder.path());
    let backup = tokio::spawn(async move { into(&store, &target, 2).await });
    let sessions = |which: &str| {
        let others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        database.psql(&format!("SELECT count(*) {others} AND {which}"))
    };
    while sessions("query LIKE 'COPY %' AND wait_event = 'PgSleep'") == "0" {
        assert!(!backup.is_finished(), "{:?}", backup.await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    backup.abort();
    assert!(backup.await.unwrap_err().is_cancelled());
    let given_up = Instant::now();
    while sessions("true") != "0" {
        assert!(given_up.elapsed() < Duration::from_secs(10), "{} sessions are left", sessions("true"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn who_has_locked_a_table_is_named() {
    let database = two_tables(server());
    let name = database.name().to_owned();
    let holder = tokio::task::spawn_blocking(move || {
        server().psql(&name, "BEGIN; LOCK TABLE little IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(6)")
    });
    let locked = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'little'::regclass";
    while database.psql(locked) != "1" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Its transaction is then old enough to be told of.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let folder = tempfile::tempdir().unwrap();
    let error = into(&FolderStore::new(folder.path()), &database.target(), 2).await.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Locked, Some("55P03")), "{error:?}");
    assert!(error.message().contains("locked by somebody else for longer than 1 seconds"), "{error:?}");
    assert!(error.hints()[0].contains("pg_sleep(6)"), "{:?}", error.hints());
    nothing(folder.path(), "the table is locked");
    holder.await.unwrap();
}

#[tokio::test]
async fn rows_that_we_may_not_see_are_no_backup() {
    let (one, other) = ("backup_sees_some", "backup_sees_all");
    for role in [one, other] {
        server().psql("postgres", &format!("CREATE ROLE {role} LOGIN"));
    }
    server().psql("postgres", &format!("ALTER ROLE {other} BYPASSRLS"));
    let database = server().database();
    database.psql(
        "CREATE TABLE open (a int); CREATE TABLE \"Closed\" (a int);
         CREATE TABLE secured (a int); INSERT INTO secured VALUES (1), (2), (3);
         ALTER TABLE secured ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON secured USING (a = 1);
         GRANT SELECT ON open, secured TO backup_sees_some, backup_sees_all",
    );
    let folder = tempfile::tempdir().unwrap();
    let error = taken(&database.target_as(one), folder.path(), |_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.message(), "backup_sees_some may not read public.Closed");

    database.psql("GRANT SELECT ON \"Closed\" TO backup_sees_some, backup_sees_all");
    let error = taken(&database.target_as(one), folder.path(), |_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.message(), "row security would leave rows out for backup_sees_some of public.secured");

    let error =
        taken(&database.target_as(other), folder.path(), |order| order.with_passwords = true).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    nothing(folder.path(), "not all may be read");

    let whole = taken(&database.target_as(other), folder.path(), |_| ()).await.unwrap();
    let (manifest, archive) = read(folder.path(), &whole);
    let secured = manifest.tables.iter().find(|table| table.name == "secured").unwrap();
    assert_eq!(secured.rows.count, 3);
    let globals = std::fs::read_to_string(archive.join("globals.sql")).unwrap();
    assert!(globals.contains("CREATE ROLE backup_sees_some;") && !globals.contains("PASSWORD"), "{globals}");

    server().psql("postgres", &format!("ALTER ROLE {one} PASSWORD 'secret'"));
    let whole = taken(&database.target(), folder.path(), |order| order.with_passwords = true).await.unwrap();
    let globals = std::fs::read_to_string(read(folder.path(), &whole).1.join("globals.sql")).unwrap();
    assert!(globals.contains("PASSWORD 'SCRAM-SHA-256$"), "{globals}");
}

#[tokio::test]
async fn rows_are_of_one_moment_while_others_write() {
    let database = server().database();
    database.psql(
        "CREATE TABLE here AS SELECT n AS id, 100 AS amount, repeat('x', 100) AS filler FROM generate_series(1, 4000) n;
         CREATE TABLE there AS SELECT n AS id, 100 AS amount FROM generate_series(1, 4000) n;
         CREATE SEQUENCE moves",
    );
    // Each moves something from one table to the other: the sum of both is always the same.
    let moves = "DO $$ DECLARE number bigint; until timestamptz := clock_timestamp() + interval '60 s';
         BEGIN WHILE clock_timestamp() < until LOOP
           number := nextval('moves');
           UPDATE here SET amount = amount - 1 WHERE id = 1 + number % 4000;
           UPDATE there SET amount = amount + 1 WHERE id = 1 + number * 7 % 4000;
           INSERT INTO there SELECT number + 10000, 0; COMMIT;
         END LOOP; END $$";
    let name = database.name().to_owned();
    let writers: Vec<_> = (0..2)
        .map(|_| {
            let name = name.clone();
            tokio::task::spawn_blocking(move || server().try_psql("postgres", &name, moves))
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    for cut in [mainstay::backup::Cut::Suitable, mainstay::backup::Cut::Pages { bytes: 65536 }] {
        while database.psql("SELECT last_value > 100 FROM moves") != "t" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let whole = taken(&database.target(), folder.path(), |order| {
            order.cut = cut;
            order.compress = Some(mainstay::archive::codec::Codec::Gzip(1));
        })
        .await
        .unwrap();
        let (manifest, archive) = read(folder.path(), &whole);
        let target = super::restored(&super::installed(), server(), &archive, 2);
        let sum = "SELECT (SELECT sum(amount) FROM here) + (SELECT sum(amount) FROM there)";
        assert_eq!(target.psql(sum), "800000", "{cut:?}");
        let there = manifest.tables.iter().find(|table| table.name == "there").unwrap();
        assert_eq!(target.psql("SELECT count(*) FROM there"), there.rows.count.to_string());
        // Sequences are read last: no number that a row has is still to come.
        let behind = "SELECT (SELECT max(id) FROM there) - 10000 <= (SELECT last_value FROM moves)";
        assert_eq!(target.psql(behind), "t");
    }
    let cancel = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'DO %'";
    assert_eq!(database.psql(cancel), "2", "the writers were at work all the time");
    for writer in writers {
        assert!(writer.await.unwrap().unwrap_err().contains("canceling"));
    }
}
