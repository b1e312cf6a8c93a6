//! The safety copy: taken when there is something to lose and something to apply, and nothing happens without it.

use std::sync::Arc;

use mainstay::engine::{self, Context};
use mainstay::observer::Silent;
use mainstay::prepare::SafetyOutcome;
use mainstay::{ErrorKind, backup};
use mainstay_testing::server;

use super::Service;

/// A service at version 2 with a row.
async fn with_rows(name: &str) -> Service {
    let service = Service::new(name);
    let prepared = service.database().prepare().await.expect("prepares");
    assert_eq!(prepared.safety, SafetyOutcome::NotNeeded, "an empty database has nothing to lose");
    server().psql(name, "INSERT INTO devices VALUES (42)");
    service
}

fn copies(service: &Service) -> usize {
    std::fs::read_dir(service.path("backups")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn rows_and_something_pending() {
    let service = with_rows("copied").await;
    let prepared = service.database().prepare().await.expect("prepares");
    assert_eq!((prepared.safety, copies(&service)), (SafetyOutcome::NotNeeded, 0), "nothing is pending");
    service.step(3, "DELETE FROM devices").step(4, "CREATE TABLE more (id int)");
    service.file("migrations/3_step.up.sql", "-- mainstay: allow deletes-data\nDELETE FROM devices;\n");
    let prepared = service.database().prepare().await.expect("prepares");
    let SafetyOutcome::Taken(copy) = prepared.safety else { panic!("{prepared:?}") };
    assert_eq!(copies(&service), 1);
    // The deleted row is in it.
    let pg_restore = server().binaries().program("pg_restore");
    let script =
        std::process::Command::new(pg_restore).args(["--data-only", "-f", "-"]).arg(&copy.path).output().unwrap();
    let script = String::from_utf8_lossy(&script.stdout).into_owned();
    assert!(script.contains("COPY public.devices (id) FROM stdin;\n42\n"), "{script}");
    assert_eq!(server().psql("copied", "SELECT count(*) FROM devices"), "0");
}

#[tokio::test]
async fn without_a_copy_nothing_is_migrated() {
    let service = with_rows("uncopied").await;
    service.step(3, "CREATE TABLE more (id int)").file("backups", "a file where the folder should be");
    let error = service.database().prepare().await.expect_err("no copy, no migration");
    assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
    assert!(error.message().contains("copy"), "{error:?}");
    assert!(error.hints().iter().any(|hint| hint.contains("[backup] to")), "{error:?}");
    let standing =
        "SELECT to_regclass('more') IS NULL, max(version), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) FROM mainstay.migration";
    assert_eq!(server().psql("uncopied", standing), "t|2|0");
}

#[tokio::test]
async fn switched_off() {
    let service = with_rows("careless").await;
    service.step(3, "CREATE TABLE more (id int)").file("mainstay.toml", "[migrations]\nbackup = \"never\"\n");
    let prepared = service.database().prepare().await.expect("prepares");
    assert_eq!((prepared.safety, copies(&service)), (SafetyOutcome::SwitchedOff, 0));
}

#[tokio::test]
async fn two_copies_in_one_second() {
    let service = with_rows("hurried").await;
    for number in 3..6 {
        service.step(number, &format!("CREATE TABLE more_{number} (id int)"));
        service.database().prepare().await.expect("prepares");
    }
    assert_eq!(copies(&service), 3);
}

/// Two services, or two instances behind a pooler, that copy into one folder at one moment.
#[tokio::test]
async fn two_copies_at_once_under_one_name() {
    let folder = tempfile::tempdir().unwrap();
    let database = server().database();
    database.psql("CREATE TABLE t AS SELECT 1");
    let (target, path) = (database.target(), std::env::var("PATH").unwrap_or_default());
    let context = Context { observer: Arc::new(Silent), dial: None, application_name: "copy".into() };
    let copy = async || {
        let mut session = engine::connect(&target, &context).await?;
        backup::safety_copy(&target, session.as_mut(), folder.path(), "20260101T000000Z", &path, &context).await
    };
    let (one, other) = tokio::join!(copy(), copy());
    assert_ne!(one.expect("taken").path, other.expect("taken").path);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}
