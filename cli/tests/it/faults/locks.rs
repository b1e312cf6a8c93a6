//! Somebody else holds the lock.

use std::process::{Child, Command, Stdio};

use mainstay_testing::{TestDatabase, server};

use super::{SLEEPER, ended, on_postgres, started, until};

/// A psql session that holds the table `devices` for a minute.
fn holder(database: &TestDatabase) -> Child {
    database.psql("CREATE TABLE devices (id int)");
    let psql = server().binaries().program("psql");
    let sql = "BEGIN; LOCK TABLE devices IN ACCESS SHARE MODE; SELECT pg_sleep(60)";
    let child = Command::new(psql)
        .args(["-X", "-U", "postgres", "-d", database.name(), "-c", sql, "-h"])
        .arg(server().socket())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let held = "SELECT count(*) FROM pg_locks WHERE relation = 'devices'::regclass AND granted";
    until("the table is held for more than a second", || database.psql(held) == "1");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    child
}

const ADD_NAME: &str = "CREATE TABLE nodes (id int);\nALTER TABLE devices ADD name text;\n";

#[test]
fn a_table_held_by_another_session_is_waited_for() {
    let (mut cli, database) = on_postgres();
    let mut other = holder(&database);
    cli.file("mainstay.toml", "[migrations]\nlock_timeout = \"100ms\"\n").file("migrations/1_name.up.sql", ADD_NAME);
    let child = started(&mut cli, &["migrate", "up"]);
    let queued = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'BEGIN%ALTER TABLE devices%' AND datname = current_database()";
    until("the migration has tried", || database.psql(queued) != "0");
    std::thread::sleep(std::time::Duration::from_millis(500));
    other.kill().unwrap();
    other.wait().unwrap();
    database.psql(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND datname = '{}'
        AND pid <> pg_backend_pid()",
        database.name()
    ));
    let (code, said) = ended(child);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("waiting: a lock is held by postgres with psql from this machine"), "{said}");
    assert!(said.contains("LOCK TABLE devices"), "{said}");
    assert_eq!(database.psql("SELECT count(name) FROM devices"), "0");
}

#[test]
fn patience_ends() {
    let (mut cli, database) = on_postgres();
    let mut other = holder(&database);
    let config = "[migrations]\nlock_timeout = \"100ms\"\nlock_patience = \"400ms\"\n";
    cli.file("mainstay.toml", config).file("migrations/1_name.up.sql", ADD_NAME);
    let run = cli.filter("for 00:00:02", "for 00:00:01").args(["migrate", "up", "-q"]).run();
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(database.psql("SELECT to_regclass('nodes') IS NULL"), "t", "{run:?}");
    insta::assert_snapshot!(run.snapshot(), @r#"
    exit: 3
    --- stdout
    --- stderr
    error: 1_name failed at statement 2 of 2
     --> [project]/migrations/1_name.up.sql:2:1
    2 | ALTER TABLE devices ADD name text;
      | ^
    caused by: canceling statement due to lock timeout
    SQLSTATE: 55P03
    hint: the lock is held by postgres with psql from this machine connected since [time], active for 00:00:01: BEGIN; LOCK TABLE devices IN ACCESS SHARE MODE; SELECT pg_sleep(60)
    hint: no migration is applied; nothing of this migration was applied
    hint: when the lock is free: mainstay migrate up
    hint: to wait longer for it: [migrations] lock_patience = "10 min" in mainstay.toml
    "#);
}

#[test]
fn another_runner_is_named_and_waited_for() {
    let (mut cli, database) = on_postgres();
    cli.file("migrations/1_slow.up.sql", "CREATE TABLE a (id int);\nSELECT pg_sleep(30) -- not to its end\n;");
    cli.file("migrations/2_next.up.sql", "CREATE TABLE b (id int);");
    let first = started(&mut cli, &["migrate", "up"]);
    until("the first runner is at work", || !database.psql(SLEEPER).is_empty());
    let second = started(&mut cli, &["prepare"]);
    std::thread::sleep(std::time::Duration::from_millis(600));
    // The sleep is broken off, so the first runner fails, and the second has its turn and meets the same.
    database.psql(&format!("SELECT pg_cancel_backend(({SLEEPER}))"));
    let (code, said) = ended(first);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("--> ") && said.contains("canceling statement due to user request"), "{said}");
    until("the second runner is at work", || !database.psql(SLEEPER).is_empty());
    database.psql(&format!("SELECT pg_cancel_backend(({SLEEPER}))"));
    let (code, said) = ended(second);
    assert_eq!(code, 3, "{said}");
    let waiting = "waiting: postgres with mainstay/0.1.0 migrate up from this machine connected since ";
    assert!(said.contains(waiting) && said.contains(" is migrating this database\n"), "{said}");
}
