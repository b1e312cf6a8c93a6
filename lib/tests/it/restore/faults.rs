//! Restores that are broken off: what was there stays, and what was begun goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mainstay::ErrorKind;
use mainstay::observer::{Event, Observer};
use mainstay::restore::{Consent, Options, Way};
use mainstay_testing::{TestServer, clients};
use tokio::sync::Notify;

use super::lab::{Place, databases, dump, fresh, into, open, postgres, run, watched};

/// A table whose index takes minutes.
const SLOW: &str = "
CREATE FUNCTION slow(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_sleep(0.2); RETURN $1; END';
CREATE TABLE t (a int);
CREATE INDEX t_slow ON t (slow(a));
ALTER INDEX t_slow RENAME TO t_slowest;";

fn dumped(server: &TestServer) -> (mainstay_testing::TestDatabase, Place) {
    let source = server.database();
    source.psql(SLOW);
    // The index is there already, so that the source is quick.
    source.psql("DROP INDEX t_slowest; INSERT INTO t SELECT generate_series(1, 3000); CREATE INDEX t_slow ON t (slow(a)) WHERE a < 0");
    let place = Place::new();
    let binaries = clients().into_iter().find(|binaries| binaries.bin == server.binaries().bin).unwrap();
    dump(&binaries, server, source.name(), &["-Fd"], &place.path());
    let file = place.path().join("toc.dat");
    let bytes = std::fs::read(&file).unwrap();
    let mut toc = mainstay::archive::toc::Toc::read(&bytes).unwrap();
    let index = toc.entries.iter_mut().find(|entry| entry.kind == "INDEX").unwrap();
    index.definition = Some(b"CREATE INDEX t_slow ON public.t USING btree (public.slow(a));\n".to_vec());
    std::fs::write(&file, toc.to_bytes()).unwrap();
    (source, place)
}

async fn until(server: &TestServer, what: &str, holds: impl Fn(&str) -> bool) {
    let began = Instant::now();
    while !holds(&databases(server, "mainstay_scratch_")) {
        assert!(began.elapsed() < Duration::from_secs(30), "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_server_that_dies_leaves_the_old_database_and_the_next_restore_sweeps() {
    let mut server = TestServer::start(&[], "");
    let (source, place) = dumped(&server);
    let target = postgres(source.target());
    let (path, name) = (place.path(), fresh());
    let options = into(&name);
    let restoring = tokio::spawn(async move { run(&mut open(&path).await, &options, &target).await });
    until(&server, "it begins", |found| !found.is_empty()).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    server.crash();
    let error = restoring.await.unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ConnectionLost | ErrorKind::Unreachable), "{error:?}");
    server.restart();
    assert_eq!(source.psql("SELECT count(*) FROM t"), "3000");
    assert_eq!(databases(&server, &name), "");
    assert_ne!(databases(&server, "mainstay_scratch_"), "", "a crash leaves what nobody could drop");

    source.psql("DROP INDEX t_slow");
    let again = Place::new();
    let binaries = clients().into_iter().find(|binaries| binaries.bin == server.binaries().bin).unwrap();
    dump(&binaries, &server, source.name(), &["-Fd"], &again.path());
    run(&mut open(&again.path()).await, &into(&name), &postgres(source.target())).await.unwrap();
    assert_eq!(databases(&server, "mainstay_scratch_"), "");
}

#[tokio::test]
async fn one_that_is_given_up_drops_what_it_has_begun() {
    let server = TestServer::start(&[], "");
    let (source, place) = dumped(&server);
    let target = postgres(source.target());
    let (path, name) = (place.path(), fresh());
    let options = into(&name);
    let restoring = tokio::spawn(async move { run(&mut open(&path).await, &options, &target).await });
    until(&server, "it begins", |found| !found.is_empty()).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    restoring.abort();
    until(&server, "it is gone", str::is_empty).await;
    assert_eq!(databases(&server, &name), "");
    assert_eq!(source.psql("SELECT count(*) FROM t"), "3000");
}

/// Stops what it observes after so many statements of the swap.
struct Stop {
    after: usize,
    seen: AtomicUsize,
    stop: Notify,
}

impl Observer for Stop {
    fn event(&self, event: Event<'_>) {
        let Event::Sql { sql, .. } = event else { return };
        let swaps = self.seen.load(Ordering::SeqCst) > 0 || sql == "SET synchronous_commit = on";
        if swaps && self.seen.fetch_add(1, Ordering::SeqCst) == self.after {
            self.stop.notify_one();
        }
    }

    fn wants_sql(&self) -> bool {
        true
    }
}

/// A database of 50 rows on `server`, and its dump.
fn small(server: &TestServer) -> (mainstay_testing::TestDatabase, Place) {
    let source = server.database();
    source.psql("CREATE TABLE t AS SELECT generate_series(1, 50) AS a");
    let place = Place::new();
    let binaries = clients().into_iter().find(|binaries| binaries.bin == server.binaries().bin).unwrap();
    dump(&binaries, server, source.name(), &["-Fd"], &place.path());
    (source, place)
}

/// Wherever a swap stops, the database is there under its name and lets everybody in.
#[tokio::test]
async fn a_swap_that_stops_leaves_the_database_open() {
    let server = TestServer::start(&[], "");
    let (source, place) = small(&server);
    let name = source.name().to_owned();
    let mut swapped = 0;
    for after in 0..8 {
        source.psql("INSERT INTO t VALUES (51)");
        let observer = Arc::new(Stop { after, seen: AtomicUsize::new(0), stop: Notify::new() });
        let options = Options {
            way: Way::Swap(name.clone()),
            consent: Consent { agreed: true, name: None },
            label: format!("20261121T22100{after}Z"),
            ..into("")
        };
        let mut backup = open(&place.path()).await;
        let target = postgres(source.target());
        tokio::select! {
            () = observer.stop.notified() => {}
            restored = watched(&mut backup, &options, &target, observer.clone()) => drop(restored.unwrap()),
        }
        // What the server has begun with it ends, in one way or the other.
        let active =
            "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND query LIKE 'BEGIN; ALTER DATABASE%'";
        for _ in 0..600 {
            if server.psql("postgres", active) == "0" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(server.psql("postgres", "SELECT count(*) FROM pg_database WHERE NOT datallowconn"), "1", "{after}");
        let kept = databases(&server, &format!("{name}_before_20261121T22100{after}Z"));
        let rows = source.psql("SELECT count(*) FROM t");
        assert_eq!(rows == "50", !kept.is_empty(), "{after}: {rows} rows, and kept: {kept:?}");
        if kept.is_empty() {
            source.psql("DELETE FROM t WHERE a > 50");
        } else {
            swapped += 1;
        }
    }
    assert!((1..8).contains(&swapped), "some stop before, and some after: {swapped}");
    until(&server, "scratch databases go", str::is_empty).await;
}

/// Somebody comes back as often as the sessions are ended.
#[tokio::test]
async fn a_swap_gets_past_those_who_come_back() {
    let server = TestServer::start(&[], "");
    let (source, place) = small(&server);
    source.psql("INSERT INTO t VALUES (51)");
    let target = source.target();
    let guests = (0..3).map(|_| {
        let target = target.clone();
        tokio::spawn(async move {
            let context = mainstay::engine::Context {
                observer: Arc::new(mainstay::observer::Silent),
                dial: None,
                application_name: "guest".to_owned(),
            };
            loop {
                let Ok(mut session) = mainstay::engine::connect(&target, &context).await else { continue };
                while session.query("SELECT count(*) FROM t").await.is_ok() {}
            }
        })
    });
    let guests: Vec<_> = guests.collect();
    let options =
        Options { way: Way::Swap(source.name().to_owned()), consent: Consent { agreed: true, name: None }, ..into("") };
    let restored = run(&mut open(&place.path()).await, &options, &postgres(target)).await;
    guests.iter().for_each(tokio::task::JoinHandle::abort);
    assert!(restored.unwrap().kept.is_some());
    assert_eq!(source.psql("SELECT count(*) FROM t"), "50");
}
