//! As a service's own `main` does it.

use mainstay::Database;
use mainstay_testing::server;

#[test]
fn blocking_with_embedded_migrations() {
    let url = format!("postgresql:///embedder?host={}&user=embedder", server().socket().display());
    let migrations = mainstay::embed_migrations!("$CARGO_MANIFEST_DIR/tests/data/embedded");
    let database = Database::url(url).migrations(migrations).application_name("embedder").build().unwrap();
    let prepared = database.prepare_blocking().unwrap();
    assert_eq!(prepared.version.unwrap().to_string(), "20260102000000");
    assert_eq!(server().psql("embedder", "SELECT to_regclass('devices_name') IS NOT NULL"), "t");
    assert!(database.prepare_blocking().unwrap().migrations.is_none());
}

#[test]
fn an_error_of_an_embedded_file_names_it() {
    let mut migrations = mainstay::embed_migrations!("$CARGO_MANIFEST_DIR/tests/data/embedded");
    migrations[2].bytes = b"CREATE INDEX devices_name ON devices (nmae);".as_slice().into();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a.sqlite3").display());
    let error = Database::url(url).migrations(migrations).build().unwrap().prepare_blocking().unwrap_err();
    let place = error.place().expect("a place");
    assert!(place.file.ends_with("20260102000000_devices_by_name.up.sql") && place.line == 1, "{error:?}");
}
