//! Tests of `scratch`.

use std::sync::Arc;

use mainstay::conn::Target;
use mainstay::engine::{Context, connect};
use mainstay::observer::Silent;
use mainstay::scratch::{Begin, ScratchDatabase, ScratchFile, ScratchServer};
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
    let scratch = ScratchDatabase::create(&maintenance, None, &context()).await.unwrap();
    let name = scratch.target().dbname.clone();
    assert!(name.starts_with("mainstay_scratch_"), "{name}");

    let target = Target::Postgres(scratch.target().clone());
    let mut session = connect(&target, &context()).await.unwrap();
    let found = session.query("SELECT current_database()").await.unwrap();
    assert_eq!(found, [[Some(name.clone())]]);

    scratch.remove().await.unwrap();
    assert!(session.query("SELECT 1").await.is_err());
    assert!(!exists(&name));
}

fn exists(database: &str) -> bool {
    server().psql("postgres", &format!("SELECT count(*) FROM pg_database WHERE datname = '{database}'")) == "1"
}

/// As Ctrl-C does it: the value goes while the runtime still runs.
#[tokio::test]
async fn a_scratch_database_that_is_given_up_is_dropped_by_a_task() {
    let maintenance = server().target("postgres", "postgres");
    let scratch = ScratchDatabase::create(&maintenance, None, &context()).await.unwrap();
    let name = scratch.target().dbname.clone();
    drop(scratch);
    while exists(&name) {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn the_next_run_drops_what_a_killed_one_has_left_and_nothing_else() {
    // A server of its own: tests at the same time sweep as well.
    let server = mainstay_testing::TestServer::start(&[], "");
    let marked = |name: &str| {
        server.psql("postgres", &format!("CREATE DATABASE {name}"));
        let mark = "made by Mainstay to be dropped again";
        server.psql("postgres", &format!("COMMENT ON DATABASE {name} IS '{mark}'"));
    };
    marked("mainstay_scratch_left");
    marked("mainstay_scratch_in_use");
    marked("somebodys_own");
    server.psql("postgres", "CREATE DATABASE mainstay_scratch_unmarked");
    marked("mainstay_scratch_of_a_template");
    server.psql("postgres", "ALTER DATABASE mainstay_scratch_of_a_template IS_TEMPLATE true");
    // A copy whose maker was killed before it could mark it.
    server.psql("postgres", "CREATE DATABASE mainstay_scratch_shut ALLOW_CONNECTIONS false");
    let in_use = Target::Postgres(server.target("postgres", "mainstay_scratch_in_use"));
    let _session = connect(&in_use, &context()).await.unwrap();
    let maintenance = server.target("postgres", "postgres");
    let living = ScratchDatabase::create(&maintenance, None, &context()).await.unwrap();

    let second = ScratchDatabase::create(&maintenance, None, &context()).await.unwrap();
    let names =
        server.psql("postgres", "SELECT datname FROM pg_database WHERE datname ~ 'mainstay|somebody' ORDER BY 1");
    let mut expected = vec![
        "mainstay_scratch_in_use",
        "mainstay_scratch_unmarked",
        "somebodys_own",
        &living.target().dbname,
        &second.target().dbname,
    ];
    expected.sort_unstable();
    assert_eq!(names.lines().collect::<Vec<_>>(), expected);
}

/// The server waits for those who are still connected to go, whatever the patience of the role.
#[tokio::test]
async fn a_copy_takes_as_long_as_it_takes() {
    let source = server().database();
    let role = source.name();
    server().psql(
        "postgres",
        &format!("CREATE ROLE {role} LOGIN SUPERUSER; ALTER ROLE {role} SET statement_timeout TO '300ms'"),
    );
    source.psql("CREATE TABLE one (n int)");
    let leaving = connect(&source.target(), &context()).await.unwrap();
    let left = tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        leaving.close().await;
    });
    let maintenance = server().target(role, "postgres");
    let copy = ScratchDatabase::begin(&maintenance, None, Begin::Copy(source.name()), &context()).await.unwrap();
    left.await.unwrap();
    assert_eq!(server().psql(&copy.target().dbname, "SELECT to_regclass('one') IS NOT NULL"), "t");
    copy.remove().await.unwrap();
    server().psql("postgres", &format!("DROP ROLE {role}"));
}

#[test]
fn a_scratch_file_goes_with_its_value_and_a_killed_ones_with_the_next() {
    let parent = tempfile::tempdir().unwrap();
    let living = ScratchFile::create(parent.path()).unwrap();
    std::fs::write(living.target().path, "rows").unwrap();
    // What is left of a killed process: nobody holds the lock.
    let left = parent.path().join("mainstay_scratch_left");
    std::fs::create_dir(&left).unwrap();
    std::fs::write(left.join("lock"), "").unwrap();
    let other = parent.path().join("mainstay_scratch_without_lock");
    std::fs::create_dir(&other).unwrap();

    let next = ScratchFile::create(parent.path()).unwrap();
    assert!(!left.exists() && other.exists() && living.target().path.exists());
    drop((living, next));
    assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 1);
}
