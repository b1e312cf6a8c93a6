//! `mainstay schema apply`, and the ways that `--offline` writes.

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
    let name = database.name().to_owned();
    let holder = std::thread::spawn(move || {
        server().psql(
            &name,
            "SET application_name = 'a report'; BEGIN; SELECT count(*) FROM device; SELECT pg_sleep(8); COMMIT",
        )
    });
    // Who has held a lock for less than a second is likely not the one that others wait for.
    let held = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'a report' \
                AND state = 'active' AND xact_start < clock_timestamp() - interval '1.5 seconds'";
    while database.psql(held) == "0" {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
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

#[test]
fn offline_is_one_plain_statement_for_each_thing() {
    let (_database, mut cli) = project(
        "CREATE TABLE device (id int PRIMARY KEY, name text NOT NULL, size int); CREATE INDEX sizes ON device (size);",
    );
    let run = cli.args(["schema", "diff", "database", "schema.sql", "--offline"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 0
    --- stdout
    -- change index public.sizes and 1 more
    -- hazard: blocks-writes: blocks writes to public.device while index sizes is built
    -- hazard: blocks-writes: blocks writes to public.device while column name is looked through for NULL
    -- locks public.device: access exclusive (blocks reads and writes), scans
    BEGIN;
    SET LOCAL lock_timeout = '[took]';
    CREATE INDEX sizes ON public.device USING btree (size);
    ALTER TABLE public.device ALTER COLUMN name SET NOT NULL;
    COMMIT;
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    let run = cli.args(["schema", "diff", "database", "schema.sql"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 0
    --- stdout
    -- change index public.sizes
    SET lock_timeout = '[took]';
    CREATE INDEX CONCURRENTLY sizes ON public.device USING btree (size);
    RESET lock_timeout;

    -- change column public.device.name
    -- locks public.device: access exclusive (blocks reads and writes)
    SET lock_timeout = '[took]';
    ALTER TABLE public.device ADD CONSTRAINT name__not_null CHECK ((name IS NOT NULL)) NOT VALID;
    RESET lock_timeout;

    -- change column public.device.name
    SET lock_timeout = '[took]';
    ALTER TABLE public.device VALIDATE CONSTRAINT name__not_null;
    RESET lock_timeout;

    -- change column public.device.name
    -- locks public.device: access exclusive (blocks reads and writes)
    SET lock_timeout = '[took]';
    ALTER TABLE public.device ALTER COLUMN name SET NOT NULL;
    RESET lock_timeout;

    -- change column public.device.name
    -- locks public.device: access exclusive (blocks reads and writes)
    SET lock_timeout = '[took]';
    ALTER TABLE public.device DROP CONSTRAINT name__not_null;
    RESET lock_timeout;
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
}
