//! pg_dump: whom it can reach, and what it leaves.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use mainstay::ErrorKind;
use mainstay::conn::{PostgresTarget, Secret, Target};
use mainstay::observer::{Observer, Silent};
use mainstay::tool::{Binaries, PgDump, dump_custom, find_binaries, verify_custom};
use mainstay_testing::{TestServer, server};

pub(super) fn clients() -> Vec<Binaries> {
    find_binaries(&std::env::var("PATH").unwrap(), &["pg_dump", "pg_restore"]).unwrap()
}

/// Dumps and verifies.
pub(super) async fn dump(target: &PostgresTarget, file: &Path) -> mainstay::Result<PgDump> {
    let observer: Arc<dyn Observer> = Arc::new(Silent);
    dump_custom(target, 150_000, &clients(), file, "copy", &observer).await?;
    verify_custom(&clients(), file).await
}

fn postgres(target: Target) -> PostgresTarget {
    let Target::Postgres(target) = target else { panic!("not PostgreSQL") };
    target
}

#[tokio::test]
async fn a_dump_reads_back_whole_and_is_for_our_eyes_only() {
    let database = server().database();
    database.psql("CREATE TABLE a (n int PRIMARY KEY); INSERT INTO a SELECT generate_series(1, 1000)");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.dump");
    let dump = dump(&postgres(database.target()), &file).await.unwrap();
    let metadata = std::fs::metadata(&file).unwrap();
    assert_eq!(metadata.mode() & 0o777, 0o600);
    assert_eq!(dump.bytes, metadata.len());
    assert_eq!(dump.entries, 3, "the table, its data, its key");
}

#[tokio::test]
async fn a_file_that_exists_is_not_touched() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "precious").unwrap();
    let error = dump(&server().target("postgres", "postgres"), file.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "precious");
}

#[tokio::test]
async fn a_failure_has_pg_dumps_words_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.dump");
    let error = dump(&server().target("postgres", "no_such_database"), &file).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Program);
    assert!(error.causes().concat().contains(r#"database "no_such_database" does not exist"#), "{error:?}");
    assert!(!file.exists());
}

#[tokio::test]
async fn an_older_pg_dump_is_not_even_tried() {
    let old = Binaries { bin: "/nonexistent".into(), major: 14, version: "14.9".into() };
    let observer: Arc<dyn Observer> = Arc::new(Silent);
    let target = server().target("postgres", "postgres");
    for (binaries, message) in
        [(vec![old], "pg_dump 14.9 is older than the server (15)"), (vec![], "pg_dump is not on this machine")]
    {
        let error =
            dump_custom(&target, 150_018, &binaries, Path::new("/nonexistent/a"), "copy", &observer).await.unwrap_err();
        assert_eq!(error.message(), message);
        assert!(error.hints()[0].ends_with("apt-get install postgresql-client-15"), "{error:?}");
    }
}

#[tokio::test]
async fn passwords_and_names_may_have_any_character() {
    let server = TestServer::start(&[("listen_addresses", "127.0.0.1")], "host all all 127.0.0.1/32 scram-sha-256");
    let (name, password) = ("a=b c'd \\ host=x", r#"p'a"s\ :s,wört=%20$HOME"#);
    server.psql(
        "postgres",
        &format!("CREATE ROLE \"{name}\" SUPERUSER LOGIN PASSWORD '{}'", password.replace('\'', "''")),
    );
    server.psql("postgres", &format!("CREATE DATABASE \"{name}\""));
    let folder = tempfile::tempdir().unwrap();
    let mut target = server.tcp_target(name, name);

    let error = dump(&target, &folder.path().join("none")).await.unwrap_err();
    assert!(error.causes().concat().contains("no password supplied"), "{error:?}");

    target.password = Some(Secret::new(password));
    dump(&target, &folder.path().join("a.dump")).await.unwrap();

    // The first host has another password; the second one's own is right.
    target.hosts.push(target.hosts[0].clone());
    target.hosts[1].password = target.password.take();
    target.hosts[0].password = Some(Secret::new("wrong"));
    dump(&target, &folder.path().join("b.dump")).await.unwrap();
}

#[tokio::test]
async fn a_dump_that_is_given_up_ends_and_leaves_nothing() {
    let database = server().database();
    database.psql("CREATE TABLE held AS SELECT 1 AS n");
    let holder = std::thread::spawn({
        let name = database.name().to_owned();
        move || server().psql(&name, "BEGIN; LOCK held; SELECT pg_sleep(3); COMMIT")
    });
    let locked = "SELECT count(*) FROM pg_locks WHERE relation = 'held'::regclass AND mode = 'AccessExclusiveLock'";
    while database.psql(locked) != "1" {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.dump");
    let target = postgres(database.target());
    let given_up = tokio::time::timeout(std::time::Duration::from_secs(1), dump(&target, &file)).await;
    assert!(given_up.is_err(), "the dump waits for the lock");
    assert!(!file.exists());
    holder.join().unwrap();
    let left =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pg_dump'";
    while database.psql(left) != "0" {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[test]
fn our_environment_does_not_lead_it_elsewhere() {
    let hostile = [
        ("PGHOST", "nowhere.invalid"),
        ("PGHOSTADDR", "192.0.2.1"),
        ("PGPORT", "1"),
        ("PGDATABASE", "elsewhere"),
        ("PGSERVICE", "elsewhere"),
        ("PGOPTIONS", "-c no_such_setting=1"),
        ("PGSSLMODE", "verify-full"),
        ("PGDATA", "/nonexistent"),
        ("PGREQUIREAUTH", "gss"),
    ];
    let run = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tool::dump::a_dump_reads_back_whole_and_is_for_our_eyes_only"])
        .envs(hostile)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
}

#[tokio::test]
async fn system_roots_need_a_pg_dump_that_knows_them() {
    let old = Binaries { bin: "/nonexistent".into(), major: 15, version: "15.1".into() };
    let observer: Arc<dyn Observer> = Arc::new(Silent);
    let target = PostgresTarget { ssl_system_roots: true, ..server().target("postgres", "postgres") };
    let error =
        dump_custom(&target, 150_018, &[old], Path::new("/nonexistent/a"), "copy", &observer).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hints()[0].contains("sslrootcert=/etc/"), "{error:?}");
}
