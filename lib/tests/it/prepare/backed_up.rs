//! The safety copy where there is a place for backups: a backup like any other.

use mainstay::prepare::SafetyOutcome;
use mainstay_testing::server;

use super::Service;

/// A service at version 2 with a row, and a place for backups.
async fn with_rows(name: &str) -> Service {
    let service = Service::new(name);
    service.file("mainstay.toml", "[backup]\nto = \"kept\"\ncompress = \"none\"\n");
    service.database().prepare().await.expect("prepares");
    server().psql(name, "INSERT INTO devices VALUES (42)");
    service
}

#[tokio::test]
async fn it_is_a_backup_with_the_version_of_before() {
    let service = with_rows("kept_before").await;
    service.step(3, "CREATE TABLE more (id int)");
    let prepared = service.database().prepare().await.expect("prepares");
    let SafetyOutcome::Taken(copy) = prepared.safety else { panic!("{prepared:?}") };
    let id = copy.id.expect("a backup");
    assert_eq!(copy.path, service.path("kept").join(&id));
    let manifest = std::fs::read_to_string(copy.path.join("manifest.json")).expect("a manifest");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    assert_eq!(manifest["source"]["migration"], "2", "{manifest}");
    assert_eq!(manifest["source"]["database"], "kept_before");
    let rows = |name: &str| {
        let tables = manifest["tables"].as_array().expect("tables");
        tables.iter().find(|table| table["name"] == name).map(|table| table["rows"]["count"].clone())
    };
    assert_eq!((rows("devices"), rows("more")), (Some(1.into()), None));
}

#[tokio::test]
async fn half_way_outside_a_transaction_its_name_is_told() {
    let service = with_rows("kept_half").await;
    let script = "-- mainstay: no-transaction\nCREATE TABLE half (id int);\nSELECT 1 / 0;\n";
    service.file("migrations/3_half.up.sql", script);
    let error = service.database().prepare().await.expect_err("it fails");
    let kept = || -> Vec<_> {
        std::fs::read_dir(service.path("kept")).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    let first = kept();
    assert_eq!((first.len(), error.copy()), (1, first[0].to_str()), "{error:?}");
    assert!(error.hints().iter().any(|hint| hint.contains("the database as it was before is in")), "{error:?}");

    // What was rolled back needs no way back, and no copy.
    service.file("migrations/3_half.up.sql", "CREATE TABLE whole (id int);\nSELECT 1 / 0;\n");
    server().psql("kept_half", "DELETE FROM mainstay.migration WHERE version = '3'");
    let error = service.database().prepare().await.expect_err("it fails");
    assert_eq!((error.copy(), kept()), (None, first), "{error:?}");
}

#[tokio::test]
async fn an_sqlite_file_likewise() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::at(&format!("sqlite:{}", folder.path().join("service.sqlite3").display()));
    service.file("mainstay.toml", "[backup]\nto = \"kept\"\n");
    service.database().prepare().await.expect("prepares");
    let mut session = service.database().connect().await.expect("opens");
    session.query("INSERT INTO devices VALUES (42)").await.expect("runs");
    session.close().await;
    service.step(3, "CREATE TABLE more (id int)");
    let prepared = service.database().prepare().await.expect("prepares");
    let SafetyOutcome::Taken(copy) = prepared.safety else { panic!("{prepared:?}") };
    assert!(copy.path.join("manifest.json").is_file() && copy.id.is_some(), "{copy:?}");
}

#[tokio::test]
async fn without_one_nothing_is_migrated() {
    let service = with_rows("kept_not").await;
    service.step(3, "CREATE TABLE more (id int)").file("kept", "a file where the folder should be");
    let error = service.database().prepare().await.expect_err("no copy, no migration");
    assert!(error.message().contains("the safety copy could not be taken"), "{error:?}");
    assert_eq!(server().psql("kept_not", "SELECT to_regclass('more') IS NULL"), "t");
}

/// What is told of a copy's compression can be done where the copy is taken: `migrate up` has no option for it.
#[tokio::test]
async fn the_way_to_a_better_compression_is_one_that_migrations_have() {
    let service = Service::new("kept_gzip");
    service.file("mainstay.toml", "[backup]\nto = \"kept\"\n");
    service.database().prepare().await.expect("prepares");
    server().psql("kept_gzip", "INSERT INTO devices VALUES (42)");
    service.step(3, "CREATE TABLE more (id int)").heard.take();
    service.database().prepare().await.expect("prepares");
    let told: Vec<String> = service.heard.take().into_iter().filter(|line| line.contains("gzip:1")).collect();
    assert_eq!(told.len(), usize::from(server().binaries().major < 16), "{told:?}");
    for line in told {
        assert!(!line.contains("--compress") && line.contains("[backup] compress = \"zstd:3\""), "{line}");
    }
}
