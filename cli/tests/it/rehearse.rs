//! `mainstay migrate rehearse`.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use mainstay_testing::{Cli, TestDatabase, TestServer, server};

use crate::{mainstay, on_database};

const TABLES: &str = "CREATE TABLE log (id int PRIMARY KEY, note text);
INSERT INTO log SELECT n, CASE WHEN n % 400 = 0 THEN NULL ELSE 'note' END FROM generate_series(1, 1000) n;
CREATE TABLE old (id int); INSERT INTO old VALUES (1), (2)";

fn on_log() -> (Cli, TestDatabase) {
    let database = server().database();
    database.psql(TABLES);
    let mut cli = on_database(&database);
    cli.file("migrations/20260101000000_tidy.up.sql", "DELETE FROM log WHERE id > 900;\nDROP TABLE old;");
    (cli, database)
}

/// What the run said; sizes differ between versions of the server.
fn said(cli: &mut Cli) -> String {
    let text = cli.run().snapshot();
    let mut steady = String::new();
    let mut rest = text.as_str();
    while let Some(at) = [" MB", " kB"].iter().filter_map(|unit| rest.find(unit)).min() {
        let number = rest[..at].rfind(|c: char| !c.is_ascii_digit() && c != '.').map_or(0, |before| before + 1);
        steady.push_str(&rest[..number]);
        steady.push_str("[size]");
        rest = &rest[at + " MB".len()..];
    }
    steady + rest
}

#[test]
fn what_production_will_feel() {
    let (mut cli, database) = on_log();
    cli.file(
        "migrations/20260102000000_bigger.up.sql",
        "ALTER TABLE log ALTER id TYPE bigint,\n  ADD CONSTRAINT noted CHECK (note IS NOT NULL AND length(note) < 100) NOT VALID;\nCREATE TABLE new AS SELECT 1 AS a;",
    );
    cli.file(
        "migrations/20260103000000_strict.up.sql",
        "CREATE INDEX ON log (note);\nALTER TABLE log ALTER note SET NOT NULL;",
    );
    cli.file("migrations/20260104000000_last.up.sql", "CREATE TABLE last ()");
    insta::assert_snapshot!(said(cli.args(["migrate", "rehearse"])), @r#"
    exit: 6
    --- stdout
    clone    on the same server, copied by it ([size], [took])
             whoever connected to the database meanwhile had to wait
    good     apply 20260101000000_tidy ([took])
             2. DROP TABLE old ([took])
             and 1 statement more
             blocks reads and writes of public.old for [took] (access exclusive)
             public.log loses 100 rows: 900 left
             drops public.old with 2 rows
    broken   apply 20260102000000_bigger ([took])
             1. ALTER TABLE log ALTER id TYPE bigint, ADD CONSTRAINT… ([took])
                reads all of public.log
             and 1 statement more
             blocks reads and writes of public.log for [took] (access exclusive)
             rewrites public.log ([size])
             makes public.new with 1 row
             VALIDATE CONSTRAINT will fail: 2 rows of public.log break
               noted: CHECK (((note IS NOT NULL) AND (length(note) < 100)))
               - id=400
               - id=800
    failed   apply 20260103000000_strict ([took])
             1. CREATE INDEX ON log (note) ([took])
                reads all of public.log
             2. ALTER TABLE log ALTER note SET NOT NULL ([took])
             blocks writes of public.log for [took] (share)
             column "note" of relation "log" contains null values
             in the way: 2 rows of public.log break
               NOT NULL of note
               - id=400
               - id=800
    1 migration after it not rehearsed
    the clone is gone; the database was only read
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: 20260103000000_strict failed at statement 2 of 2, on the clone
     --> [project]/migrations/20260103000000_strict.up.sql:2:1
    2 | ALTER TABLE log ALTER note SET NOT NULL;
      | ^
    caused by: column "note" of relation "log" contains null values
    hint: mend the rows of public.log that are in the way, then: mainstay migrate rehearse
    "#);
    assert_eq!(database.psql("SELECT count(*) FROM log"), "1000");
    // What was seen is told by the plan, and stands in the way of a run without consent.
    insta::assert_snapshot!(cli.args(["migrate", "plan", "--to", "20260101000000"]).run().snapshot(), @"
    exit: 0
    --- stdout
    1. apply 20260101000000_tidy
       hazard: deletes-data: deletes rows of log (100 lost when rehearsed)
       hazard: deletes-data: drops table old (2 rows, 2 lost when rehearsed)
       locks public.old: access exclusive (blocks reads and writes)
    --- stderr
    target [database] at [socket]:5432 as postgres
    rehearsed at [time]: everything succeeded
    ");
}

#[test]
fn a_good_one_and_findings() {
    let (mut cli, database) = on_log();
    insta::assert_snapshot!(said(cli.args(["migrate", "rehearse", "--exit-code", "--clone", "dump"])), @"
    exit: 10
    --- stdout
    clone    on the same server, from a dump ([size], [took])
    good     apply 20260101000000_tidy ([took])
             2. DROP TABLE old ([took])
             and 1 statement more
             blocks reads and writes of public.old for [took] (access exclusive)
             public.log loses 100 rows: 900 left
             drops public.old with 2 rows
    the clone is gone; the database was only read
    all of it succeeded, in [took]
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    let run = cli.args(["migrate", "rehearse", "--json"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let data = &json["data"];
    assert_eq!(data["clone"]["how"], "template");
    assert_eq!(data["migrations"][0]["rows"][0]["before"], 1000);
    assert_eq!(data["migrations"][0]["statements"][1]["text"], "DROP TABLE old");
    assert_eq!(data["migrations"][0]["locks"][0]["mode"], "access-exclusive");
    assert_eq!(data["plan"]["steps"][0]["risks"][0]["rehearsed"], 100);
    // Rehearsed first, and applied because that went well; consent is asked for all the same.
    let run = cli.args(["migrate", "up", "--rehearse"]).run();
    assert_eq!(run.code, 5, "{run:?}");
    assert!(run.stderr.contains("all of it succeeded") && run.stderr.contains("100 lost when rehearsed"), "{run:?}");
    assert_eq!(database.psql("SELECT count(*) FROM log"), "1000");
    let run = cli.args(["migrate", "up", "--rehearse", "--allow", "deletes-data"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(database.psql("SELECT count(*) FROM log"), "900");
    insta::assert_snapshot!(cli.args(["migrate", "rehearse"]).run().snapshot(), @"
    exit: 0
    --- stdout
    nothing is pending: nothing to rehearse
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
}

#[test]
fn nothing_is_applied_after_a_bad_rehearsal() {
    let (mut cli, database) = on_log();
    cli.file("migrations/20260102000000_strict.up.sql", "ALTER TABLE log ALTER note SET NOT NULL");
    let run = cli.args(["migrate", "up", "--rehearse", "--allow", "all"]).run();
    assert_eq!(run.code, 6, "{run:?}");
    assert!(run.stderr.contains("hint: nothing was applied"), "{run:?}");
    assert_eq!(database.psql("SELECT count(*) FROM old"), "2");
}

#[test]
fn on_sqlite() {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", "sqlite:walt.db");
    cli.file(
        "migrations/1_a.up.sql",
        "CREATE TABLE log (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO log (note) VALUES ('a'), ('b')",
    );
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    cli.file("migrations/2_b.up.sql", "DELETE FROM log WHERE note = 'a'; ALTER TABLE log DROP COLUMN note");
    insta::assert_snapshot!(said(cli.args(["migrate", "rehearse"])), @"
    exit: 0
    --- stdout
    clone    a copy of the file ([size], [took])
    good     apply 2_b ([took])
             main.log loses 1 row: 1 left
             loses column note of main.log (2 rows)
    the clone is gone; the database was only read
    all of it succeeded, in [took]
    --- stderr
    target walt.db
    ");
}

fn scratches(server: &TestServer) -> String {
    server.psql("postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE 'mainstay_scratch%'")
}

fn until(what: &str, done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(120), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Starts a rehearsal and waits until its migration runs on the clone.
fn begun(cli: &mut Cli, server: &TestServer) -> Child {
    let mut child = cli.args(["migrate", "rehearse"]).command().stdin(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while !is_sleeping(server) {
        if child.try_wait().unwrap().is_some() || started.elapsed() > Duration::from_secs(120) {
            child.kill().unwrap();
            panic!("no clone is at work: {:?}", child.wait_with_output().unwrap());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    child
}

/// A project whose rehearsal takes long, on a server of its own: tests at the same time make scratches as well.
fn slow(server: &TestServer) -> Cli {
    let database = server.database();
    let mut cli = on_database(&database);
    cli.file("migrations/1_slow.up.sql", "SELECT pg_sleep(300)");
    cli
}

fn is_sleeping(server: &TestServer) -> bool {
    let asked =
        "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'mainstay_scratch%' AND query LIKE '%pg_sleep(300)%'";
    server.psql("postgres", asked) != "0"
}

#[test]
fn ctrl_c_leaves_no_clone_behind() {
    let server = TestServer::start(&[], "");
    let mut cli = slow(&server);
    let mut child = begun(&mut cli, &server);
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(scratches(&server), "0");
}

#[test]
fn a_killed_one_is_swept_by_the_next() {
    let server = TestServer::start(&[], "");
    let mut cli = slow(&server);
    let mut child = begun(&mut cli, &server);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(scratches(&server), "1");
    // The server notices within a second that nobody waits for the statement any more.
    until("its session ends", || !is_sleeping(&server));
    cli.file("migrations/1_slow.up.sql", "CREATE TABLE a ()");
    let run = cli.args(["migrate", "rehearse"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(scratches(&server), "0");
}
