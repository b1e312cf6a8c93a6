//! The server, its session or the command itself dies in the middle of a migration.

use mainstay_testing::{Cli, TestServer};

use super::{SLEEPER, ended, good_then_slow, on_postgres, started, until};
use crate::mainstay;

/// What must hold afterwards: the first migration is there, nothing of the second.
const STANDING: &str = "SELECT (SELECT string_agg(version, ',') FROM mainstay.migration), \
    (SELECT count(*) FROM devices), to_regclass('nodes') IS NULL";

/// The slow migration without its sleep is applied by the next run.
fn goes_on(cli: &mut Cli) {
    cli.file("migrations/2_slow.up.sql", "CREATE TABLE nodes (id int);\n");
    let run = cli.args(["migrate", "up"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("the database is at version 2"), "{}", run.stdout);
}

#[test]
fn the_server_dies() {
    let mut server = TestServer::start(&[("synchronous_commit", "on")], "");
    let url = format!("postgresql:///walt?host={}&user=postgres", server.socket().display());
    server.psql("postgres", "CREATE DATABASE walt");
    let mut cli = mainstay();
    cli.env("DATABASE_URL", &url);
    good_then_slow(&mut cli);
    let child = started(&mut cli, &["migrate", "up"]);
    until("the second migration sleeps", || !server.psql("walt", SLEEPER).is_empty());
    server.crash();
    let (code, said) = ended(child);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("error: 2_slow failed\n"), "{said}");
    assert!(said.contains("when the server is back: mainstay migrate status"), "{said}");
    server.restart();
    assert_eq!(server.psql("walt", STANDING), "1|1|t");
    goes_on(&mut cli);
}

#[test]
fn the_session_is_terminated() {
    let (mut cli, database) = on_postgres();
    good_then_slow(&mut cli);
    let child = started(&mut cli, &["migrate", "up"]);
    until("the second migration sleeps", || !database.psql(SLEEPER).is_empty());
    database.psql(&format!("SELECT pg_terminate_backend(({SLEEPER}))"));
    let (code, said) = ended(child);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("error: 2_slow failed"), "{said}");
    assert!(said.contains("terminating connection due to administrator command"), "{said}");
    assert_eq!(database.psql(STANDING), "1|1|t");
    goes_on(&mut cli);
}

#[test]
fn the_command_is_killed() {
    let (mut cli, database) = on_postgres();
    good_then_slow(&mut cli);
    let mut child = started(&mut cli, &["migrate", "up"]);
    until("the second migration sleeps", || !database.psql(SLEEPER).is_empty());
    child.kill().unwrap();
    child.wait().unwrap();
    // The server does not notice before the sleep is over; whoever comes meanwhile waits for the lock.
    let second = started(&mut cli, &["migrate", "up"]);
    let waits =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid()
        AND datname = current_database()";
    until("the next run asks for the lock", || database.psql(waits) != "0");
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(database.psql("SELECT string_agg(version, ',') FROM mainstay.migration"), "1");
    database.psql(&format!("SELECT pg_terminate_backend(({SLEEPER}))"));
    until("the next run sleeps in its turn", || !database.psql(SLEEPER).is_empty());
    database.psql(&format!("SELECT pg_terminate_backend(({SLEEPER}))"));
    let (code, said) = ended(second);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("waiting: postgres with mainstay/"), "{said}");
    assert_eq!(database.psql(STANDING), "1|1|t");
    goes_on(&mut cli);
}

#[test]
fn an_interrupted_command_stops_its_statement_too() {
    for signal in ["-INT", "-TERM"] {
        let (mut cli, database) = on_postgres();
        good_then_slow(&mut cli);
        let child = started(&mut cli, &["migrate", "up"]);
        until("the second migration sleeps", || !database.psql(SLEEPER).is_empty());
        std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        let before = std::time::Instant::now();
        let (code, said) = ended(child);
        assert_eq!(code, 130, "{said}");
        until("its statement has ended", || database.psql(SLEEPER).is_empty());
        assert!(before.elapsed().as_secs() < 5, "the sleep takes thirty");
        assert_eq!(database.psql(STANDING), "1|1|t");
        goes_on(&mut cli);
    }
}

#[test]
fn an_interrupted_command_says_so_as_json_too() {
    let (mut cli, database) = on_postgres();
    good_then_slow(&mut cli);
    let child = started(&mut cli, &["migrate", "up", "--json"]);
    until("the second migration sleeps", || !database.psql(SLEEPER).is_empty());
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let error = &answer["error"];
    assert_eq!((&answer["command"], &error["kind"]), (&"migrate up".into(), &"interrupted".into()), "{answer}");
    assert_eq!((&error["message"], &error["exit"]), (&"interrupted".into(), &130.into()), "{answer}");
}

#[test]
fn the_command_is_killed_on_sqlite() {
    let mut cli = super::on_sqlite();
    cli.file("migrations/1_devices.up.sql", "CREATE TABLE devices (id int);\nINSERT INTO devices VALUES (1);\n");
    let long = "CREATE TABLE nodes (text text);\nINSERT INTO nodes WITH RECURSIVE n(n) AS \
        (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 100000000) SELECT hex(randomblob(100)) FROM n;\n";
    cli.file("migrations/2_slow.up.sql", long).file("mainstay.toml", "[migrations]\nbackup = \"never\"\n");
    let mut child = started(&mut cli, &["migrate", "up"]);
    let size = |name: &str| std::fs::metadata(cli.project().join(name)).map_or(0, |file| file.len());
    until("pages of the second migration are written", || {
        ["service.sqlite3", "service.sqlite3-wal"].iter().any(|name| size(name) > 4_000_000)
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let run = cli.args(["migrate", "status", "-q"]).run();
    assert!(run.stdout.contains("1\tdevices\tapplied\t") && run.stdout.contains("2\tslow\tpending\t"), "{run:?}");
    goes_on(&mut cli);
}

/// `migrate adopt` runs the files in a scratch database, which goes when the command is interrupted.
#[test]
fn an_interrupted_proof_leaves_nothing() {
    let server = TestServer::start(&[], "");
    server.psql("postgres", "CREATE DATABASE walt");
    server.psql("walt", "CREATE TABLE devices (id int); CREATE TABLE nodes (id int)");
    let mut cli = mainstay();
    cli.env("DATABASE_URL", &format!("postgresql:///walt?host={}&user=postgres", server.socket().display()));
    good_then_slow(&mut cli);
    let child = started(&mut cli, &["migrate", "adopt", "--at", "2"]);
    let scratch = "SELECT count(*) FROM pg_database WHERE datname LIKE 'mainstay_scratch_%'";
    let sleeps =
        "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'mainstay_scratch_%' AND wait_event = 'PgSleep'";
    until("the second file sleeps in the scratch database", || server.psql("postgres", sleeps) == "1");
    assert_eq!(server.psql("postgres", scratch), "1");
    let told = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(told.is_ok_and(|status| status.success()));
    let (code, said) = ended(child);
    assert_eq!(code, 130, "{said}");
    assert_eq!(server.psql("postgres", scratch), "0");
    assert_eq!(server.psql("walt", "SELECT to_regnamespace('mainstay')"), "");
}
