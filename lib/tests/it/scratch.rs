//! Tests of `scratch`.

use std::sync::Arc;

use mainstay::conn::Target;
use mainstay::engine::{Context, connect};
use mainstay::observer::Silent;
use mainstay::scratch::{ScratchDatabase, ScratchServer};
use mainstay_testing::server;

fn context() -> Context {
    Context { observer: Arc::new(Silent), dial: None, application_name: "test".into() }
}

#[tokio::test]
async fn a_scratch_server_lives_as_long_as_its_value() {
    let parent = tempfile::tempdir().unwrap();
    let mut scratch = ScratchServer::start(server().binaries(), parent.path(), &[("fsync", "off")]).await.unwrap();
    let target = Target::Postgres(scratch.target("postgres", "postgres"));
    let mut session = connect(&target, &context()).await.unwrap();
    assert_eq!(session.query("SHOW fsync").await.unwrap(), [[Some("off".to_owned())]]);
    drop(session);

    scratch.crash().await.unwrap();
    assert!(connect(&target, &context()).await.is_err());
    scratch.restart(&[("fsync", "on"), ("port", "5499")]).await.unwrap();
    let target = Target::Postgres(scratch.target("postgres", "postgres"));
    let mut session = connect(&target, &context()).await.unwrap();
    assert_eq!(session.query("SHOW fsync").await.unwrap(), [[Some("on".to_owned())]]);

    // In order, although a session is open.
    scratch.stop().await.unwrap();
    assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
    assert!(session.query("SELECT 1").await.is_err());
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why_and_leaves_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let started = ScratchServer::start(server().binaries(), parent.path(), &[("no_such_setting", "1")]).await;
    let error = started.err().unwrap();
    assert!(error.causes().concat().contains("no_such_setting"), "{error:?}");
    assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_folder_that_the_servers_user_cannot_enter_is_explained() {
    let parent = tempfile::tempdir().unwrap();
    if !is_root(parent.path()) {
        return;
    }
    std::fs::set_permissions(parent.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let error = ScratchServer::start(server().binaries(), parent.path(), &[]).await.err().unwrap();
    assert!(error.hints()[0].contains("export TMPDIR=/tmp"), "{error:?}");
    assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
}

fn is_root(ours: &std::path::Path) -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(ours).unwrap()) == 0
}

#[tokio::test]
async fn a_scratch_database_is_empty_and_goes_with_its_sessions() {
    let maintenance = server().target("postgres", "postgres");
    let name = "scratch \"of\" it's own";
    let scratch = ScratchDatabase::create(&maintenance, name, &context()).await.unwrap();
    let taken = ScratchDatabase::create(&maintenance, name, &context()).await.err().unwrap();
    assert_eq!(taken.sqlstate(), Some("42P04"));

    let target = Target::Postgres(scratch.target().clone());
    let mut session = connect(&target, &context()).await.unwrap();
    let found = session.query("SELECT current_database()").await.unwrap();
    assert_eq!(found, [[Some(name.to_owned())]]);

    scratch.remove(&context()).await.unwrap();
    assert!(session.query("SELECT 1").await.is_err());
    let left = server().psql("postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE 'scratch %'");
    assert_eq!(left, "0");
}
