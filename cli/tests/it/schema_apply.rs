//! `mainstay schema apply`.

use std::process::Stdio;
use std::thread::JoinHandle;

use mainstay_testing::{Cli, TestDatabase, server};

use crate::on_database;

const NOW: &str = "CREATE TABLE device (id int PRIMARY KEY, name text, size int);
    INSERT INTO device SELECT n, 'x' || n, n FROM generate_series(1, 20) n;";

/// A database with rows, and a schema that is wanted.
fn project(wanted: &str) -> (TestDatabase, Cli) {
    let database = server().database();
    database.psql(NOW);
    let mut cli = on_database(&database);
    cli.file("schema.sql", wanted);
    (database, cli)
}

/// Somebody who runs `sql` in a transaction and ends it after so many seconds.
fn busy(database: &TestDatabase, who: &str, sql: &str, seconds: u32) -> JoinHandle<String> {
    let sql = format!("SET application_name = '{who}'; BEGIN; {sql}; SELECT pg_sleep({seconds}); COMMIT");
    let name = database.name().to_owned();
    std::thread::spawn(move || server().psql(&name, &sql))
}

/// Waits until a session of the database is as `condition` says.
fn until(database: &TestDatabase, condition: &str) {
    let sessions = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {condition}");
    while database.psql(&sessions) == "0" {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn plan(cli: &mut Cli) {
    let run = cli.args(["schema", "diff", "database", "schema.sql", "--format", "json", "-o", "plan.json"]).run();
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn a_plan_is_applied_as_it_was_written() {
    let (database, mut cli) = project(
        "CREATE TABLE device (id int PRIMARY KEY, name text NOT NULL, size int,
            key uuid DEFAULT gen_random_uuid() NOT NULL, CHECK (size > 0), UNIQUE (name));
        CREATE INDEX sizes ON device (size);",
    );
    plan(&mut cli);
    let run = cli.args(["schema", "apply", "plan.json", "--dry-run"]).run();
    assert_eq!((run.code, run.stdout.matches("CONCURRENTLY").count()), (0, 2), "{run:?}");
    let run = cli.args(["schema", "apply", "plan.json"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.starts_with("applied  1"), "{run:?}");
    let run = cli.args(["schema", "diff", "database", "schema.sql", "--exit-code"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (0, "-- no differences\n"), "{run:?}");
    assert_eq!(database.psql("SELECT count(DISTINCT key) FROM device"), "20");
    let backups = cli.project().join("backups");
    assert!(!backups.exists(), "nothing was to be lost");
    // Whoever has the plan still has one for another state.
    let run = cli.args(["schema", "apply", "plan.json"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 5
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: the schema of `[database]` is not the one that this plan was made for
    hint: nothing was run; make the plan again: mainstay schema diff database TO --format json -o FILE
    ");
}

#[test]
fn what_makes_others_wait_and_what_is_lost_is_allowed_by_name() {
    let (database, mut cli) = project("CREATE TABLE device (id bigint PRIMARY KEY, name text);");
    let run = cli
        .args(["schema", "diff", "database", "schema.sql", "--json", "--allow", "deletes-data", "-o", "plan.json"])
        .run();
    assert_eq!(run.code, 0, "{run:?}");
    let run = cli.args(["schema", "apply", "plan.json"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 5
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: refused to change column public.device.size and 1 more: it drops column size of public.device (20 rows), which cannot be undone (hazard deletes-data)
    caused by: 2 statements have such a hazard: drops column size of public.device (20 rows); rewrites table public.device: column id gets type bigint
    hint: nothing was run; read it first: mainstay schema apply PLAN --dry-run
    hint: allow it by name: --allow deletes-data,rewrites-table
    ");
    let run = cli.args(["schema", "apply", "plan.json", "--allow", "deletes-data"]).run();
    assert_eq!(run.code, 5, "{run:?}");
    let run = cli.args(["schema", "apply", "plan.json", "--allow", "deletes-data,rewrites-table"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.starts_with("copied   "), "{run:?}");
    assert_eq!(database.psql("SELECT pg_typeof(id), count(*) OVER () FROM device LIMIT 1"), "bigint|20");
}

#[test]
fn a_step_that_fails_says_what_stays_and_the_next_plan_goes_on() {
    let (database, mut cli) = project(
        "CREATE TABLE device (id int PRIMARY KEY, name text, size int NOT NULL); CREATE INDEX names ON device (name);",
    );
    database.psql("UPDATE device SET size = NULL WHERE id = 7");
    plan(&mut cli);
    let run = cli.args(["schema", "apply", "plan.json"]).run();
    insta::assert_snapshot!(run.snapshot(), @r#"
    exit: 3
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    change index public.names ([took])
    change column public.device.size ([took])
    error: step 3 of 5 failed: ALTER TABLE public.device VALIDATE CONSTRAINT size__not_null
    caused by: check constraint "size__not_null" of relation "device" is violated by some row
    SQLSTATE: 23514
    hint: steps 1 to 2 are done and stay; plan what is left: mainstay schema diff database TO --format json -o FILE
    "#);
    database.psql("UPDATE device SET size = 1 WHERE id = 7");
    std::fs::remove_file(cli.project().join("plan.json")).unwrap();
    plan(&mut cli);
    let text = std::fs::read_to_string(cli.project().join("plan.json")).unwrap();
    assert!(!text.contains("ADD CONSTRAINT"), "the check is there already: {text}");
    let run = cli.args(["schema", "apply", "plan.json"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let run = cli.args(["schema", "diff", "database", "schema.sql", "--exit-code"]).run();
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn who_holds_a_lock_is_named() {
    let (database, mut cli) =
        project("CREATE TABLE device (id int PRIMARY KEY, name text, size int CHECK (size > 0));");
    cli.file("mainstay.toml", "[migrations]\nlock_timeout = \"50ms\"\nlock_patience = \"300ms\"\n");
    plan(&mut cli);
    let holder = busy(&database, "a report", "SELECT count(*) FROM device", 8);
    // Who has held a lock for less than a second is likely not the one that others wait for.
    until(
        &database,
        "application_name = 'a report' AND state = 'active' AND xact_start < clock_timestamp() - interval '1.5 seconds'",
    );
    let run = cli.args(["schema", "apply", "plan.json"]).run();
    assert_ne!(run.code, 0, "{run:?}");
    for told in ["a lock is held by", "a report", "55P03", "nothing of the plan was done"] {
        assert!(run.stderr.contains(told), "{told}: {run:?}");
    }
    holder.join().unwrap();
    let run = cli.args(["schema", "apply", "plan.json"]).run();
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn broken_off_it_says_what_was_done_and_how_to_go_on() {
    let (database, mut cli) = project(
        "CREATE TABLE aside (id int); CREATE TABLE device (id int PRIMARY KEY, name text, size int CHECK (size > 0));
         CREATE INDEX names ON device (name);",
    );
    plan(&mut cli);
    // An index is built CONCURRENTLY while somebody writes; for it to end, their transaction must.
    let holder = busy(&database, "a writer", "UPDATE device SET size = 2 WHERE id = 1", 6);
    until(&database, "application_name = 'a writer' AND state = 'active'");
    let child = cli.args(["schema", "apply", "plan.json"]).command().stderr(Stdio::piped()).spawn().unwrap();
    until(&database, "wait_event_type = 'Lock'");
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    for part in ["done", "step ", " of ", "plan what is left: mainstay schema diff", "interrupted"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let journal = "SELECT result FROM mainstay.journal WHERE action = 'schema apply' ORDER BY id DESC LIMIT 1";
    assert_eq!(database.psql(journal), "begun, and not ended");
    holder.join().unwrap();
    std::fs::remove_file(cli.project().join("plan.json")).unwrap();
    plan(&mut cli);
    let run = cli.args(["schema", "apply", "plan.json"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(database.psql(journal), "ok");
    let run = cli.args(["schema", "diff", "database", "schema.sql", "--exit-code"]).run();
    assert_eq!(run.code, 0, "{run:?}");
}

/// What files name and the server lacks is told with the command that makes it.
#[test]
fn a_role_that_is_missing_is_named() {
    let (database, mut cli) =
        project("CREATE TABLE device (id int PRIMARY KEY, name text, size int); CREATE INDEX names ON device (name);");
    plan(&mut cli);
    let path = cli.project().join("plan.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let index = "CREATE INDEX CONCURRENTLY names ON public.device USING btree (name)";
    assert!(text.contains(index), "{text}");
    std::fs::write(&path, text.replace(index, "GRANT SELECT ON public.device TO nobody_here")).unwrap();
    let run = cli.args(["schema", "apply", "plan.json"]).run();
    insta::assert_snapshot!(run.snapshot(), @r#"
    exit: 3
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: step 1 of 1 failed: GRANT SELECT ON public.device TO nobody_here
    caused by: role "nobody_here" does not exist
    SQLSTATE: 42704
    hint: the server has no role nobody_here; make it: mainstay sql --write -c 'CREATE ROLE nobody_here', or name it in mainstay.toml under [database], then: mainstay bootstrap
    hint: nothing of the plan was done; plan what is left: mainstay schema diff database TO --format json -o FILE
    "#);
    assert_eq!(database.psql("SELECT count(*) FROM device"), "20");
}

/// Whatever was taken out of the file is found in its statements again.
#[test]
fn an_edited_file_hides_nothing() {
    let (database, mut cli) = project("CREATE TABLE device (id bigint PRIMARY KEY, name text);");
    plan(&mut cli);
    let path = cli.project().join("plan.json");
    let mut file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let plan = if file.get("data").is_some() { &mut file["data"]["plan"] } else { &mut file["plan"] };
    let steps = plan["steps"].as_array_mut().unwrap();
    assert!(steps.iter().any(|step| !step["risks"].as_array().unwrap().is_empty()));
    steps.iter_mut().for_each(|step| step["risks"] = serde_json::json!([]));
    std::fs::write(&path, file.to_string()).unwrap();
    let run = cli.args(["schema", "apply", "plan.json"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 5
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: refused to change column public.device.size and 1 more: it drops column size of public.device, which the plan's file does not say (20 rows), which cannot be undone (hazard deletes-data)
    caused by: 2 statements have such a hazard: drops column size of public.device, which the plan's file does not say (20 rows); rewrites table public.device, which the plan's file does not say
    hint: nothing was run; read it first: mainstay schema apply PLAN --dry-run
    hint: allow it by name: --allow deletes-data,rewrites-table
    ");
    let run = cli.args(["schema", "apply", "plan.json", "--dry-run"]).run();
    assert!(run.stdout.contains("rewrites table public.device, which the plan's file does not say"), "{run:?}");
    assert_eq!(database.psql("SELECT count(size) FROM device"), "20");
}

#[test]
fn a_plan_with_renames_begins_before_them() {
    let (database, mut cli) = project("CREATE TABLE device (id int PRIMARY KEY, title text NOT NULL, size int);");
    let rename = ["--rename", "public.device.name=public.device.title", "--format", "json", "-o", "plan.json"];
    let run = cli.args(["schema", "diff", "database", "schema.sql"].into_iter().chain(rename)).run();
    assert_eq!(run.code, 0, "{run:?}");
    let run = cli.args(["schema", "apply", "plan.json"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(database.psql("SELECT title FROM device WHERE id = 7"), "x7");
}

#[test]
fn what_is_no_plan_is_refused() {
    let (_database, mut cli) = project("");
    cli.file("plan.json", "{\"steps\": 1}");
    let run = cli.args(["schema", "apply", "plan.json"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 1
    --- stdout
    --- stderr
    error: plan.json is no plan
    caused by: invalid type: integer `1`, expected a sequence
    hint: write one: mainstay schema diff FROM TO --format json -o FILE
    ");
}
