//! The same story on a file.

use mainstay::ErrorKind;
use mainstay::prepare::SafetyOutcome;

use super::Service;

async fn cell(service: &Service, sql: &str) -> String {
    let mut session = service.database().connect().await.expect("opens");
    session.query(sql).await.expect("runs")[0][0].clone().unwrap_or_default()
}

#[tokio::test]
async fn from_nothing_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::at(&format!("sqlite:{}", folder.path().join("service.sqlite3").display()));
    let prepared = service.database().prepare().await.expect("prepares");
    assert!(prepared.created.is_empty() && prepared.safety == SafetyOutcome::NotNeeded, "{prepared:?}");
    assert_eq!(prepared.migrations.expect("a report").done.len(), 2);
    service.heard.take();
    assert!(service.database().prepare().await.expect("again").migrations.is_none());
    let heard = service.heard.take();
    let writes = ["INSERT", "CREATE ", "BEGIN"];
    assert!(!heard.iter().any(|line| writes.iter().any(|words| line.contains(words))), "{heard:#?}");
}

#[tokio::test]
async fn rows_are_copied_first_or_nothing_happens() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::at(&format!("sqlite:{}", folder.path().join("service.sqlite3").display()));
    service.database().prepare().await.expect("prepares");
    cell(&service, "INSERT INTO devices VALUES (42) RETURNING id").await;
    service.step(3, "CREATE TABLE more (id int)").file("backups", "");
    let error = service.database().prepare().await.expect_err("no copy, no migration");
    assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
    assert_eq!(cell(&service, "SELECT count(*) FROM sqlite_schema WHERE name = 'more'").await, "0");

    std::fs::remove_file(service.path("backups")).unwrap();
    let prepared = service.database().prepare().await.expect("prepares");
    let SafetyOutcome::Taken(copy) = prepared.safety else { panic!("{prepared:?}") };
    let copied = Service::at(&format!("sqlite:{}", copy.path.display()));
    assert_eq!(cell(&copied, "SELECT id FROM devices").await, "42");
}

#[tokio::test]
async fn a_run_that_has_done_nothing_leaves_no_copy() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::at(&format!("sqlite:{}", folder.path().join("service.sqlite3").display()));
    service.database().prepare().await.expect("prepares");
    cell(&service, "INSERT INTO devices VALUES (42) RETURNING id").await;
    let copies = || std::fs::read_dir(service.path("backups")).map_or(0, Iterator::count);
    service.step(3, "CREATE TABLE more (id int); INSERT INTO nowhere VALUES (1)");
    for _ in 0..2 {
        let error = service.database().prepare().await.expect_err("it fails");
        assert!(error.hints().iter().any(|hint| hint.contains("was removed again")), "{error:?}");
        assert_eq!(copies(), 0);
    }
    service.step(3, "CREATE TABLE more (id int)").step(4, "INSERT INTO nowhere VALUES (1)");
    service.database().prepare().await.expect_err("it fails");
    assert_eq!(copies(), 1, "the third is done");
}
