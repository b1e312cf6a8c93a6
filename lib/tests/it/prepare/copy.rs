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

fn named(service: &Service) -> Vec<String> {
    let entries = std::fs::read_dir(service.path("backups")).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Older copies go by the rule, once the migrations that they were taken for are done; what a person has named stays.
#[tokio::test]
async fn older_copies_are_given_up_and_nobodys_elses_files() {
    let service = with_rows("pruned").await;
    let rules = |last: u32| format!("[backup]\ncopies = {{ last = {last} }}\n");
    service.file("mainstay.toml", &rules(2));
    std::fs::create_dir(service.path("backups")).unwrap();
    let people = ["pruned-20200101T000000Z.dump", "pruned.before-20200101T000000Z.dump.kept", "pruned.dump"];
    for name in people {
        service.file(&format!("backups/{name}"), "a person's");
    }
    for day in 1..=3 {
        service.file(&format!("backups/pruned.before-2020010{day}T000000Z.dump"), "an older copy");
    }
    // While it fails, no older one goes: the first copy may be the one that is wanted.
    service.step(3, "SELECT 1 / 0");
    service.database().prepare().await.expect_err("it fails");
    assert_eq!(named(&service).len(), people.len() + 3);

    service.step(3, "CREATE TABLE more (id int)");
    let prepared = service.database().prepare().await.expect("prepares");
    let SafetyOutcome::Taken(copy) = prepared.safety else { panic!("{prepared:?}") };
    let removed: Vec<_> = copy.removed.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    let older = (1..=3).map(|day| format!("pruned.before-2020010{day}T000000Z.dump")).collect::<Vec<_>>();
    assert_eq!(removed.len(), 2, "{removed:?}");
    assert!(removed.iter().all(|name| older.iter().any(|older| older == name)), "{removed:?}");
    let left = named(&service);
    assert_eq!(left.len(), people.len() + 2, "{left:?}");
    assert!(people.iter().all(|name| left.iter().any(|one| one == name)), "{left:?}");
    assert!(copy.path.exists());

    // Without a rule of one's own there is one, and an empty one keeps all.
    for (rule, kept) in [("[backup]\ncopies = {}\n", 33), ("", 16)] {
        service.file("mainstay.toml", rule);
        for day in 1..=30 {
            service.file(&format!("backups/pruned.before-201906{day:02}T000000Z.dump"), "an older copy");
        }
        let version = if kept == 33 { 4 } else { 5 };
        service.step(version, &format!("CREATE TABLE more_{version} (id int)"));
        service.database().prepare().await.expect("prepares");
        let ours =
            named(&service).iter().filter(|name| name.starts_with("pruned.before-") && name.ends_with(".dump")).count();
        assert!(ours <= kept && (kept == 16) == (ours < 33), "{rule:?}: {ours}");
    }
}

/// What a start that fails leaves behind in `backups`, and what it says of its copy.
async fn fails(service: &Service) -> (usize, Option<String>) {
    let error = service.database().prepare().await.expect_err("it fails");
    let of_the_copy = |hint: &&String| hint.contains("safety copy") || hint.contains("as it was before is in");
    (copies(service), error.hints().iter().find(of_the_copy).cloned())
}

/// A service that its supervisor starts again and again does not fill the disk.
#[tokio::test]
async fn a_run_that_has_done_nothing_leaves_no_copy() {
    let service = with_rows("again_and_again").await;
    service.file("mainstay.toml", "[migrations]\nlock_patience = \"0s\"\n");
    let removed = Some("the database is as it was, so the safety copy of this run was removed again".to_owned());
    service.step(3, "CREATE TABLE more AS SELECT 1 / 0 AS a");
    for _ in 0..3 {
        assert_eq!(fails(&service).await, (0, removed.clone()));
    }
    // A lock that is not to be had is no other thing.
    service.step(3, "ALTER TABLE devices ADD more int");
    let mut holder = service.database().connect().await.expect("connects");
    holder.query("BEGIN; LOCK TABLE devices IN ACCESS SHARE MODE").await.expect("locks");
    assert_eq!(fails(&service).await, (0, removed));
    holder.query("ROLLBACK").await.expect("ends");
    service.database().prepare().await.expect("prepares");
    assert_eq!(copies(&service), 1);
}

/// The copy of the run that did something stays, and those of runs that add nothing to it go.
#[tokio::test]
async fn a_run_that_has_done_something_keeps_its_copy() {
    let service = with_rows("half_way").await;
    service.step(3, "CREATE TABLE more (id int)").step(4, "CREATE TABLE most AS SELECT 1 / 0 AS a");
    assert_eq!(fails(&service).await, (1, None));
    assert_eq!(fails(&service).await.0, 1);
    // Outside of a transaction nobody says what has happened.
    service.file("migrations/4_step.up.sql", "-- mainstay: no-transaction\nSELECT 1 / 0;\n");
    let (left, told) = fails(&service).await;
    assert!(left == 2 && told.as_ref().is_some_and(|told| told.contains("as it was before is in")), "{left} {told:?}");
}

/// A migration that forgets to count itself, in capsul's own way, is rolled back, and the server has no word for it.
#[tokio::test]
async fn a_version_that_is_not_counted_leaves_no_copy() {
    let service = Service::new("uncounted");
    for version in 1..=2 {
        std::fs::remove_file(service.path(&format!("migrations/{version}_step.up.sql"))).unwrap();
    }
    let init = "CREATE TABLE schemaversion (version int);\nINSERT INTO schemaversion VALUES (1);\nCREATE TABLE devices (id int);\n";
    let back = "DROP TABLE devices;\nDROP TABLE schemaversion;\n";
    service.file("migrations/01_up_init.sql", init).file("migrations/01_down_init.sql", back);
    service.file("mainstay.toml", "[migrations]\ndialect = \"capsul\"\n");
    service.database().prepare().await.expect("prepares");
    server().psql("uncounted", "INSERT INTO devices VALUES (42)");
    service.file("migrations/02_up_forgot.sql", "CREATE TABLE more (id int);\n");
    service.file("migrations/02_down_forgot.sql", "DROP TABLE more;\n");
    let removed = "the database is as it was, so the safety copy of this run was removed again";
    assert_eq!(fails(&service).await, (0, Some(removed.to_owned())));
}

/// Where there is a place for backups, the copies are such.
#[tokio::test]
async fn backups_of_runs_that_are_broken_off() {
    let service = with_rows("ended_backed_up").await;
    service.file("mainstay.toml", "[backup]\nto = \"store\"\n");
    service.step(3, "SELECT pg_terminate_backend(pg_backend_pid())");
    let mut seen = Vec::new();
    for expected in [1, 2, 2, 2] {
        assert_eq!(fails(&service).await.1, None);
        let store = service.database().backup_store(None).expect("opens");
        let listed = mainstay::store::list(store.as_ref()).await.expect("lists");
        let mut found: Vec<String> = listed.into_iter().map(|listed| listed.id).collect();
        found.sort();
        assert_eq!(found.len(), expected, "{found:?}");
        seen.push(found);
    }
    assert!(seen.iter().all(|found| found[0] == seen[0][0]) && seen[3][1] != seen[2][1], "{seen:?}");
}

/// Who cannot be asked has perhaps done it: the copy stays. Where the next run finds that nothing was done, and breaks off too, the
/// first copy and the last one stay.
#[tokio::test]
async fn a_session_that_has_ended_keeps_its_copy() {
    let service = with_rows("ended_early").await;
    let dumps = |service: &Service| -> Vec<String> {
        named(service).into_iter().filter(|name| name.ends_with(".dump")).collect()
    };
    service.step(3, "SELECT pg_terminate_backend(pg_backend_pid())");
    let mut first = None;
    for expected in [1, 2, 2, 2] {
        assert_eq!(fails(&service).await.1, None);
        let copies = dumps(&service);
        let first = first.get_or_insert_with(|| copies[0].clone());
        assert!(copies.len() == expected && copies.contains(first), "{copies:?}, {first}");
        assert_eq!(named(&service).len(), expected + 1, "beside the copies a note of them");
    }
    // What a version was added to is something else than what the last copy is of.
    service.step(3, "CREATE TABLE more (id int)");
    service.step(4, "SELECT pg_terminate_backend(pg_backend_pid())");
    for expected in [3, 4, 5, 5] {
        assert_eq!(fails(&service).await.1, None);
        assert_eq!(dumps(&service).len(), expected, "{:?}", named(&service));
    }
    // Whatever happens outside of a transaction, its copies stay.
    service.file(
        "migrations/4_step.up.sql",
        "-- mainstay: no-transaction\nSELECT pg_terminate_backend(pg_backend_pid());\n",
    );
    for expected in [6, 7] {
        assert!(fails(&service).await.1.is_some_and(|told| told.contains("as it was before is in")));
        assert_eq!(dumps(&service).len(), expected, "{:?}", named(&service));
    }
    // Once the end of a run is known, nothing is noted any more.
    service.step(4, "CREATE TABLE most (id int)");
    service.database().prepare().await.expect("prepares");
    assert_eq!(named(&service), dumps(&service));
}
