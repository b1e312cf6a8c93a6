//! What looks like a rename, on the way from one schema to another.

use mainstay_testing::{Cli, TestDatabase, server};

use crate::on_database;

/// A database with rows, and a wanted schema in which a table and a column have other names.
fn project() -> (TestDatabase, Cli) {
    let database = server().database();
    let mut cli = on_database(&database);
    cli.file(
        "migrations/20260101000000_start.up.sql",
        "CREATE TABLE device (id int, name text); CREATE TABLE log (at int, line text)",
    );
    cli.file("schema.sql", "CREATE TABLE device (id int, title text); CREATE TABLE logs (at int, line text)");
    let run = cli.args(["prepare"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    database.psql("INSERT INTO device VALUES (1, 'a'); INSERT INTO log VALUES (1, 'b')");
    (database, cli)
}

const RENAMED: [&str; 4] = ["--rename", "public.device.name=public.device.title", "--rename", "public.log=public.logs"];

#[test]
fn refused_and_both_ways_out() {
    let (database, mut cli) = project();
    let diff = ["schema", "diff", "database", "schema.sql"];
    insta::assert_snapshot!(cli.args(diff).run().snapshot(), @"
    exit: 5
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: column public.device.name is gone and `title` is like it: it was renamed, or it is to be dropped with its data
    caused by: what may be renamed: public.device.name=public.device.title, public.log=public.logs
    hint: renamed: --rename public.device.name=public.device.title
    hint: or for everybody, in the file beside `title`: -- mainstay: renamed from name
    hint: dropped, with its data: --allow deletes-data
    ");
    let run = cli.args(diff.into_iter().chain(["--allow", "deletes-data"])).run();
    assert!(run.code == 0 && run.stdout.contains("DROP TABLE public.log;"), "{run:?}");
    let run = cli.args(diff.into_iter().chain(RENAMED)).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 0
    --- stdout
    -- rename
    -- locks public.device: access exclusive (blocks reads and writes)
    -- locks public.log: access exclusive (blocks reads and writes)
    BEGIN;
    SET LOCAL lock_timeout = '[took]';
    ALTER TABLE public.device RENAME COLUMN name TO title;
    ALTER TABLE public.log RENAME TO logs;
    COMMIT;
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    database.psql(&run.stdout);
    assert_eq!(database.psql("SELECT title, line FROM device, logs"), "a|b");
    let run = cli.args(diff).run();
    assert!(run.stdout.starts_with("-- no differences"), "{run:?}");
}

#[test]
fn a_migration_renames_there_and_back() {
    let (database, mut cli) = project();
    let new = ["migrate", "new", "names", "--from-schema", "schema.sql"];
    let run = cli.args(new).run();
    assert_eq!((run.code, std::fs::read_dir(cli.project().join("migrations")).unwrap().count()), (5, 1), "{run:?}");
    let run = cli.args(new.into_iter().chain(RENAMED)).run();
    assert_eq!((run.code, run.stdout.lines().count()), (0, 2), "{run:?}");
    for (command, query) in
        [("up", "SELECT title, line FROM device, logs"), ("down", "SELECT name, line FROM device, log")]
    {
        let run = cli.args(["migrate", command]).run();
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!(database.psql(query), "a|b");
    }
}

#[test]
fn what_is_no_rename() {
    let (_database, mut cli) = project();
    let mut check =
        |rename: &str| cli.args(["schema", "diff", "database", "schema.sql", "--rename", rename]).run().snapshot();
    insta::assert_snapshot!(check("public.log"), @"
    exit: 2
    --- stdout
    --- stderr
    error: `public.log` is no rename: it has no `=`
    hint: a table: --rename public.old=public.new; a column: --rename public.log.old=public.log.new
    ");
    insta::assert_snapshot!(check("public.log=other.log"), @"
    exit: 2
    --- stdout
    --- stderr
    error: `public.log=other.log` is no rename: the schema must stay
    hint: a table: --rename public.old=public.new; a column: --rename public.log.old=public.log.new
    ");
    insta::assert_snapshot!(check("public.nope=public.logs"), @r#"
    exit: 3
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: cannot rename public.nope=public.logs
    caused by: relation "public.nope" does not exist
    SQLSTATE: 42P01
    hint: names are those of the state that the way starts from
    "#);
}

/// The files of the wanted schema say it: nothing is typed, and once it is done they say nothing any more.
#[test]
fn declared_beside_the_new_name() {
    let (database, mut cli) = project();
    cli.file(
        "schema.sql",
        "CREATE TABLE device (\n    id int,\n    title text -- mainstay: renamed from name\n);\n\
         -- mainstay: renamed from log\nCREATE TABLE logs (at int, line text);\n",
    );
    let diff = ["schema", "diff", "database", "schema.sql"];
    let run = cli.args(diff).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 0
    --- stdout
    -- rename
    -- locks public.log: access exclusive (blocks reads and writes)
    -- locks public.device: access exclusive (blocks reads and writes)
    BEGIN;
    SET LOCAL lock_timeout = '[took]';
    ALTER TABLE public.log RENAME TO logs;
    ALTER TABLE public.device RENAME COLUMN name TO title;
    COMMIT;
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    database.psql(&run.stdout);
    let run = cli.args(diff).run();
    assert!(run.stdout.starts_with("-- no differences"), "{run:?}");

    let run = cli.args(["migrate", "new", "names", "--from-schema", "schema.sql"]).run();
    assert_eq!((run.code, run.stdout.lines().count()), (0, 2), "{run:?}");
    assert_eq!(cli.args(["migrate", "verify"]).run().code, 6, "what was done by hand is drift");
    database.psql("ALTER TABLE logs RENAME TO log; ALTER TABLE device RENAME title TO name");
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    assert_eq!(database.psql("SELECT title, line FROM device, logs"), "a|b");
}

/// What is named after a renamed table and column follows: the sequence counts on, and the key is not built again.
#[test]
fn sequences_and_keys_follow() {
    let (database, mut cli) = project();
    cli.file(
        "schema.sql",
        "CREATE TABLE device (id int, name text); CREATE TABLE log (at int, line text); \
                            CREATE TABLE point (id serial PRIMARY KEY, x int UNIQUE)",
    );
    for args in [["migrate", "new", "point", "--from-schema", "schema.sql"].as_slice(), &["migrate", "up"]] {
        let run = cli.args(args.iter().copied()).run();
        assert_eq!(run.code, 0, "{run:?}");
    }
    database.psql("INSERT INTO point (x) VALUES (7), (8)");
    let files = "SELECT string_agg(relfilenode::text, ' ' ORDER BY oid) FROM pg_class JOIN pg_index ON indexrelid = oid \
                 WHERE relnamespace = 'public'::regnamespace";
    let before = database.psql(files);
    cli.file(
        "schema.sql",
        "CREATE TABLE device (id int, name text); CREATE TABLE log (at int, line text);
        -- mainstay: renamed from point
        CREATE TABLE place (
            number serial PRIMARY KEY, -- mainstay: renamed from id
            x int UNIQUE
        );",
    );
    for (args, table) in [
        (["migrate", "new", "place", "--from-schema", "schema.sql"].as_slice(), "point"),
        (&["migrate", "up"], "place"),
        (&["migrate", "down"], "point"),
    ] {
        let run = cli.args(args.iter().copied()).run();
        assert_eq!(run.code, 0, "{run:?}");
        database.psql(&format!("INSERT INTO {table} (x) SELECT max(x) + 1 FROM {table}"));
    }
    assert_eq!(database.psql("SELECT max(id) FROM point"), "5");
    assert_eq!(database.psql(files), before);
    assert!(database.psql("SELECT pg_get_serial_sequence('point', 'id')").ends_with(".point_id_seq"));
}

#[test]
fn a_circle_and_a_directive_that_is_none() {
    let (_database, mut cli) = project();
    let mut check = |schema: &str| {
        cli.file("schema.sql", schema);
        cli.args(["schema", "diff", "database", "schema.sql"]).run().snapshot()
    };
    let swapped = "CREATE TABLE device (id int, name text);\nCREATE TABLE log (\n    at int, \
                   -- mainstay: renamed from line\n    line text -- mainstay: renamed from at\n);";
    insta::assert_snapshot!(check(swapped), @"
    exit: 5
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: these renames go in a circle: line to at to line
     --> schema.sql:3:13
    3 |     at int, -- mainstay: renamed from line
      |             ^
    hint: take the comments out, and go round by a third name: --rename public.log.line=public.log.line_before,public.log.at=public.log.line,public.log.line_before=public.log.at
    ");
    insta::assert_snapshot!(check("-- mainstay: rename from x\nCREATE TABLE device (id int);"), @"
    exit: 1
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: `mainstay: rename from x` says nothing here
     --> schema.sql:1:1
    1 | -- mainstay: rename from x
      | ^
    hint: in a schema there is: -- mainstay: renamed from OLD, where OLD is the old name alone
    ");
}

#[test]
fn asked_at_a_terminal() {
    let (database, mut cli) = project();
    let mut terminal = cli.args(["schema", "diff", "database", "schema.sql"]).terminal(140);
    terminal.shows("public.device.name is gone, and `title` is like it.");
    terminal.keys("y\r");
    terminal.shows("public.log is gone, and `logs` is like it.");
    terminal.keys("n\r");
    assert_eq!(terminal.end(), 0, "{}", terminal.text());
    let text = terminal.text();
    assert!(text.contains("RENAME COLUMN name TO title") && text.contains("DROP TABLE public.log"), "{text}");
    assert!(text.contains("hazard: deletes-data"), "{text}");

    let mut terminal = cli.args(["schema", "diff", "database", "schema.sql"]).terminal(140);
    terminal.shows("[yes, renamed; no, dropped; else stop]");
    terminal.keys("\r");
    assert_eq!(terminal.end(), 5, "{}", terminal.text());
    assert_eq!(database.psql("SELECT name, line FROM device, log"), "a|b");
}
