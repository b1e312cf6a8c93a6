//! Restores that are broken off: what was there stays, and what was begun goes.

use std::time::{Duration, Instant};

use mainstay::ErrorKind;
use mainstay_testing::{TestServer, clients};

use super::lab::{Place, databases, dump, fresh, into, open, postgres, run};

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
