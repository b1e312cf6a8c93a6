//! `mainstay migrate lint`.

use mainstay_testing::{Cli, TestDatabase, server};
use serde_json::Value;

use crate::{mainstay, on_database, on_sqlite};

const NEXT: &str = "migrations/20260102000000_next.up.sql";

/// A database at its first migration: `devices` has 50 million rows by its statistics, `settings` one, `drafts` none.
fn live(database: &TestDatabase) -> Cli {
    let mut cli = on_database(database);
    cli.file(
        "migrations/20260101000000_start.up.sql",
        "CREATE TABLE devices (id bigint PRIMARY KEY, serial varchar(20), owner int, state text, place text);\n\
         CREATE INDEX devices_state_place ON devices (state, place);\n\
         CREATE VIEW online_devices AS SELECT id, state FROM devices;\n\
         CREATE VIEW names AS SELECT id FROM online_devices;\n\
         CREATE FUNCTION lost() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN\n\
           RETURN (SELECT count(*) FROM devices WHERE place IS NULL); END $$;\n\
         CREATE TABLE settings (id bigint PRIMARY KEY, name text, value text);\n\
         CREATE TABLE drafts (id bigint PRIMARY KEY, title text);\n",
    );
    let run = cli.args(["prepare"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    database.psql(
        "INSERT INTO settings VALUES (1, 'a', 'b'); INSERT INTO devices VALUES (1); ANALYZE settings; ANALYZE devices; \
         UPDATE pg_class SET reltuples = 5e7 WHERE relname = 'devices'",
    );
    cli
}

/// The findings of a run as `rule line message`.
fn findings(cli: &mut Cli, args: &[&str]) -> Vec<String> {
    let run = cli.args(["migrate", "lint", "--format", "json", "--fail-on", "never"].iter().chain(args).copied()).run();
    assert_eq!(run.code, 0, "{run:?}");
    let found: Vec<Value> = serde_json::from_str(&run.stdout).expect("a list");
    let shown = |one: &Value| {
        let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}:{} {}", text("severity"), text("rule"), one["line"], one["column"], text("message"))
    };
    found.iter().map(shown).collect()
}

#[test]
fn a_large_table_is_named_with_its_size_and_small_ones_are_left_alone() {
    let database = server().database();
    let mut cli = live(&database);
    cli.file(
        NEXT,
        "CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz);\n\
         CREATE INDEX events_at ON events (at);\n\
         CREATE INDEX settings_name ON settings (name);\n\
         CREATE INDEX drafts_title ON drafts (title);\n\
         ALTER TABLE settings ALTER COLUMN value TYPE bytea USING value::bytea;\n\
         UPDATE settings SET name = 'c';\n\
         CREATE INDEX devices_serial ON devices (serial);\n",
    );
    cli.filter("49 kB", "[size]").filter("41 kB", "[size]").filter("57 kB", "[size]");
    insta::assert_snapshot!(cli.args(["migrate", "lint"]).run().snapshot(), @"
    exit: 0
    --- stdout
    warning: an index is made without CONCURRENTLY
     --> [project]/migrations/20260102000000_next.up.sql:7:1
    7 | CREATE INDEX devices_serial ON devices (serial);
      | ^
    table: devices: about 50 million rows, [size]
    why: Writes to the table wait until the whole index is there.
    instead: CREATE INDEX CONCURRENTLY, in a migration of its own outside a
      transaction
    rule: require-concurrent-index-creation
    --- stderr
    target [database] at [socket]:5432 as postgres
    1 pending migration: 0 errors, 1 warning, 0 notes
    ");
    cli.args(["migrate", "lint", "--fail-on", "warning"]);
    assert_eq!(cli.run().code, 10);
    // Nobody asked: nothing is known to be small.
    let offline = findings(&mut cli, &["--offline", "-q"]);
    let indexes = offline.iter().filter(|one| one.contains("require-concurrent-index-creation")).count();
    assert_eq!(indexes, 3, "{offline:#?}");
    // The start's tables are new in the run that made them, whatever they have by today.
    let all = findings(&mut cli, &["--all", "-q"]);
    assert!(all.iter().filter(|one| one.starts_with("warning")).count() == 1, "{all:#?}");
    // A threshold of the project's.
    cli.file("mainstay.toml", "[lint]\nsmall_rows = 0\n[lint.rules]\nrequire-concurrent-index-creation = \"error\"\n");
    let strict = findings(&mut cli, &["-q"]);
    assert!(strict.iter().any(|one| one.starts_with("error require-concurrent-index-creation 3:1")), "{strict:#?}");
    assert!(!strict.iter().any(|one| one.contains("creation 4:1")), "{strict:#?}");
    database.psql("UPDATE pg_class SET reltuples = 20 WHERE relname = 'devices'");
    cli.file("mainstay.toml", "");
    assert_eq!(findings(&mut cli, &["-q"]), [""; 0]);
}

#[test]
fn what_the_live_database_uses_is_named() {
    let database = server().database();
    let mut cli = live(&database);
    let mut check = |sql: &str, expected: &[&str]| {
        cli.file(NEXT, &format!("-- mainstay: allow deletes-data\n{sql}\n"));
        let found = findings(&mut cli, &["-q"]);
        let found: Vec<&str> = found.iter().map(String::as_str).filter(|one| !one.contains("several-locks")).collect();
        assert_eq!(found, expected, "{sql}");
    };
    check(
        "ALTER TABLE devices DROP COLUMN state;",
        &[
            "error column-in-use 2:21 devices.state is used by view public.online_devices: the server refuses this",
            "warning column-in-use 2:21 index devices_state_place (state, place) goes with devices.state",
        ],
    );
    check(
        "ALTER TABLE devices DROP COLUMN state CASCADE;",
        &[
            "warning column-in-use 2:21 index devices_state_place (state, place) goes with devices.state",
            "warning drop-cascade 2:21 devices.state takes along view public.names, view public.online_devices",
        ],
    );
    check(
        "DROP TABLE devices CASCADE;",
        &["warning drop-cascade 2:1 table devices takes along view public.names, view public.online_devices"],
    );
    check(
        "DROP VIEW online_devices CASCADE;",
        &["warning drop-cascade 2:1 view online_devices takes along view public.names"],
    );
    check("DROP VIEW names CASCADE;", &[]);
    check(
        "ALTER TABLE devices RENAME COLUMN place TO room;",
        &[
            "warning column-in-use 2:1 the text of function public.lost() names devices.place",
            "warning renaming-column 2:21 a column is renamed",
        ],
    );
    check(
        "ALTER TABLE devices ALTER state TYPE varchar(10);",
        &[
            "error column-in-use 2:21 devices.state is used by view public.online_devices: the server refuses this",
            "warning type-change-rewrites 2:21 devices.state changes from text to varchar(10): the table is written anew",
            "note prefer-text-field 2:38 a column is of type varchar(n)",
        ],
    );
    check(
        "DROP VIEW names, online_devices; DROP INDEX CONCURRENTLY devices_state_place; ALTER TABLE devices DROP state;",
        &["error needs-no-transaction 2:34 DROP INDEX CONCURRENTLY cannot run inside a transaction"],
    );
    check(
        "ALTER TABLE settings ADD owner text NOT NULL, ALTER name SET NOT NULL;",
        &[
            "error required-column 2:22 owner has no value for the rows that settings has: this fails",
            "warning constraint-on-rows 2:47 name SET NOT NULL fails if one row of settings breaks it",
        ],
    );
    check(
        "ALTER TABLE drafts ADD owner text NOT NULL; UPDATE settings SET name = ''; ALTER TABLE settings ALTER name SET NOT NULL;",
        &[],
    );
    check(
        "ALTER TABLE devices ADD CONSTRAINT u UNIQUE (serial), ADD FOREIGN KEY (owner) REFERENCES settings;",
        &[
            "warning constraint-on-rows 2:21 UNIQUE (serial) fails if one row of devices breaks it",
            "warning disallowed-unique-constraint 2:25 a UNIQUE constraint is added to a table",
            "warning constraint-on-rows 2:55 the foreign key fails if one row of devices breaks it",
            "warning foreign-key-without-index 2:55 no index of devices begins with owner, which refers to settings",
            "warning adding-foreign-key-constraint 2:59 a foreign key is added and checked in one step",
        ],
    );
}

#[test]
fn comments_silence_rules_and_unknown_names_are_errors() {
    let mut cli = mainstay();
    let mut check = |sql: &str, expected: &[&str]| {
        cli.file(NEXT, sql);
        assert_eq!(findings(&mut cli, &["--offline", "-q"]), expected, "{sql}");
    };
    let index = "CREATE INDEX i ON t (a);";
    let other = "CREATE INDEX j ON u (a);";
    let found = "warning require-concurrent-index-creation";
    let what = "an index is made without CONCURRENTLY";
    check(&format!("-- mainstay: allow require-concurrent-index-creation\n{index}\n{other}"), &[]);
    check(
        &format!("{index}\n-- mainstay: allow require-concurrent-index-creation\n{other}"),
        &[&format!("{found} 1:1 {what}")],
    );
    check(
        &format!("{index} -- mainstay: allow require-concurrent-index-creation\n{other}"),
        &[&format!("{found} 2:1 {what}")],
    );
    check(
        &format!("-- squawk-ignore require-concurrent-index-creation -- small\n{index}\n{other}"),
        &[&format!("{found} 3:1 {what}")],
    );
    check(&format!("-- squawk-ignore-file require-concurrent-index-creation\n{index}\n{other}"), &[]);
    check(
        "-- squawk-ignore changing-column-type\nALTER TABLE t ALTER a TYPE int;",
        &["note prefer-bigint-over-int 2:28 a key or number is a 32-bit integer"],
    );
    check("-- mainstay: allow deletes-data\nALTER TABLE t DROP a;", &[]);
    check("ALTER TABLE t DROP a;", &["warning ban-drop-column 1:15 a column is dropped"]);
    check(
        "-- squawk-ignore require-concurent-index-creation\nSELECT 1;",
        &["error unused-ignore 1:18 squawk has no rule `require-concurent-index-creation`"],
    );

    cli.file(NEXT, "SELECT 1;\n-- mainstay: allow several-lokcs\nSELECT 2;\n");
    insta::assert_snapshot!(cli.args(["migrate", "lint", "--offline"]).run().snapshot(), @"
    exit: 1
    --- stdout
    --- stderr
    no database is asked: nothing is known of tables and their sizes
    error: there is no rule `several-lokcs`
     --> [project]/migrations/20260102000000_next.up.sql:2:1
    2 | -- mainstay: allow several-lokcs
      | ^
    hint: did you mean `several-locks`?
    ");
    cli.file(NEXT, "-- mainstay: allow several-lokcs\nSELECT 2;\n");
    insta::assert_snapshot!(cli.args(["migrate", "lint", "--offline"]).run().snapshot(), @"
    exit: 1
    --- stdout
    --- stderr
    error: there is no hazard or rule `several-lokcs`
     --> [project]/migrations/20260102000000_next.up.sql:1:1
    1 | -- mainstay: allow several-lokcs
      | ^
    hint: did you mean `several-locks`?
    hint: known hazards: deletes-data, rewrites-table, blocks-writes, drops-object, fails-on-rows, converts-values, empties-table, no-way-back; rules: mainstay migrate lint --explain all
    ");
    cli.file(NEXT, "SELECT 2;\n").file("mainstay.toml", "[lint.rules]\nseveral-lokcs = \"off\"\n");
    insta::assert_snapshot!(cli.args(["migrate", "lint", "--offline"]).run().snapshot(), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: there is no rule `several-lokcs`
     --> [project]/mainstay.toml:2:1
    2 | several-lokcs = "off"
      | ^
    hint: did you mean `several-locks`? All of them: mainstay migrate lint --explain all
    "#);
    cli.file("mainstay.toml", "[lint.rules]\nseveral-locks = \"warn\"\n");
    insta::assert_snapshot!(cli.args(["migrate", "lint", "--offline"]).run().snapshot(), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: [lint] rules several-locks is "warn"
     --> [project]/mainstay.toml:2:17
    2 | several-locks = "warn"
      |                 ^
    hint: it is one of: off, note, warning, error
    "#);
    insta::assert_snapshot!(cli.file("mainstay.toml", "").args(["migrate", "lint", "--explain", "several-lokcs"]).run().snapshot(), @"
    exit: 2
    --- stdout
    --- stderr
    error: there is no rule `several-lokcs`
    hint: did you mean `several-locks`?
    hint: all of them: mainstay migrate lint --explain all
    ");
    insta::assert_snapshot!(cli.args(["migrate", "lint", "--explain", "several-locks"]).run().snapshot(), @"
    exit: 0
    --- stdout
    # several-locks

    Mainstay's, a warning: one transaction locks several tables.

    The first stays locked until the last is done, and a program that takes them in another order ends in a deadlock.

    Instead: a migration for each table.

    Silent for tables that are new in the same run, empty or small.

    For PostgreSQL alone.

    It finds:

    ```sql
    ALTER TABLE devices ADD COLUMN note text;
    ALTER TABLE readings ADD COLUMN note text;
    ```

    It does not find:

    ```sql
    ALTER TABLE devices ADD COLUMN note text;
    ALTER TABLE devices ADD COLUMN place text;
    ```
    --- stderr
    ");
}

#[test]
fn files_of_every_layout_keep_their_lines() {
    let index = "CREATE INDEX i ON t (a);";
    let check = |files: &[(&str, &str)], expected: &[&str]| {
        let mut cli = mainstay();
        for (name, text) in files {
            cli.file(&format!("migrations/{name}"), text);
        }
        let run = cli.args(["migrate", "lint", "--offline", "--format", "github", "-q"]).run();
        let found: Vec<&str> = run.stdout.lines().map(|line| line.split(",title").next().unwrap_or_default()).collect();
        assert_eq!(found, expected, "{run:?}");
    };
    check(
        &[("20260101000000_a.sql", &format!("-- migrate:up\n\n  {index}\n\n-- migrate:down\nDROP INDEX i;\n"))],
        &["::warning file=migrations/20260101000000_a.sql,line=3,col=3"],
    );
    check(
        &[(
            "20260101000000_a.sql",
            &format!(
                "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON t (a);\n-- migrate:down\n{index}\n"
            ),
        )],
        &[],
    );
    check(
        &[(
            "00001_a.sql",
            &format!(
                "-- +goose Up\n-- +goose StatementBegin\n{index}\n-- +goose StatementEnd\n\n-- +goose Down\n\
            DROP INDEX CONCURRENTLY i;\n"
            ),
        )],
        &["::warning file=migrations/00001_a.sql,line=3,col=1", "::error file=migrations/00001_a.sql,line=7,col=1"],
    );
    check(
        &[("20260101000000_a.sql", &format!("-- é\n\n{index}\n"))],
        &["::warning file=migrations/20260101000000_a.sql,line=3,col=1"],
    );
    check(&[("V1__a.sql", &format!("SELECT 'é'; {index}"))], &["::warning file=migrations/V1__a.sql,line=1,col=13"]);
    check(
        &[("0001_a/up.sql", &format!("\n{index}")), ("0001_a/down.sql", "DROP INDEX i;")],
        &["::warning file=migrations/0001_a/up.sql,line=2,col=1"],
    );
}

#[test]
fn files_by_name_jobs_of_github_and_what_cannot_be_asked() {
    let mut cli = mainstay();
    cli.file("alembic.ini", "[alembic]\nscript_location = alembic\n").file("alembic/env.py", "").file(
        "alembic/versions/1_a.py",
        "revision = '1'\ndown_revision = None\ndef upgrade():\n    pass\ndef downgrade():\n    pass\n",
    );
    cli.file("mainstay.toml", "[migrations]\ndir = \"alembic\"\n");
    insta::assert_snapshot!(cli.args(["migrate", "lint", "--offline"]).run().snapshot(), @"
    exit: 2
    --- stdout
    --- stderr
    error: these migrations are alembic's: programs, and the rules read SQL
    hint: alembic upgrade FROM:head --sql > next.sql, then: mainstay migrate lint next.sql
    ");
    cli.file("next.sql", "BEGIN;\nCREATE TABLE t (id bigint);\nCREATE INDEX i ON t (id);\nALTER TABLE u ADD COLUMN a text;\nCOMMIT;\nCREATE INDEX j ON u (a);\n");
    insta::assert_snapshot!(cli.args(["migrate", "lint", "--offline", "next.sql"]).run().snapshot(), @"
    exit: 0
    --- stdout
    warning: an index is made without CONCURRENTLY
     --> next.sql:6:1
    6 | CREATE INDEX j ON u (a);
      | ^
    why: Writes to the table wait until the whole index is there.
    instead: CREATE INDEX CONCURRENTLY, in a migration of its own outside a
      transaction
    rule: require-concurrent-index-creation
    --- stderr
    no database is asked: nothing is known of tables and their sizes
    1 migration: 0 errors, 1 warning, 0 notes
    ");
    cli.env("GITHUB_ACTIONS", "true");
    insta::assert_snapshot!(cli.args(["migrate", "lint", "--offline", "next.sql", "--fail-on", "warning"]).run().snapshot(), @"
    exit: 10
    --- stdout
    ::warning file=next.sql,line=6,col=1,title=require-concurrent-index-creation::an index is made without CONCURRENTLY%0AWrites to the table wait until the whole index is there.%0AInstead: CREATE INDEX CONCURRENTLY, in a migration of its own outside a transaction
    --- stderr
    no database is asked: nothing is known of tables and their sizes
    1 migration: 0 errors, 1 warning, 0 notes
    ");
    insta::assert_snapshot!(cli.args(["migrate", "lint", "--offline", "nxt.sql"]).run().snapshot(), @"
    exit: 1
    --- stdout
    --- stderr
    no database is asked: nothing is known of tables and their sizes
    error: cannot read nxt.sql
    caused by: No such file or directory (os error 2)
    hint: name a file, or none for the pending migrations: mainstay migrate lint
    ");

    let mut cli = mainstay();
    cli.file(NEXT, "CREATE INDEX i ON t (a);").env("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none");
    let run = cli.args(["migrate", "lint", "--format", "json"]).run();
    assert!(run.stderr.contains("nothing is known of tables and their sizes"), "{run:?}");
    assert!(run.stdout.contains("require-concurrent-index-creation") && run.code == 0, "{run:?}");
}

#[test]
fn of_sqlite_too() {
    let mut cli =
        on_sqlite("CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO device VALUES (1, 'a')");
    cli.file(
        NEXT,
        "PRAGMA foreign_keys = OFF;\n\
         ALTER TABLE device ADD COLUMN serial TEXT UNIQUE;\n\
         ALTER TABLE device ADD COLUMN owner INTEGER NOT NULL;\n\
         CREATE TABLE log (id INTEGER PRIMARY KEY, device INTEGER REFERENCES device (id));\n\
         ALTER TABLE device ALTER COLUMN name TYPE INTEGER;\n\
         VACUUM;\n",
    );
    let expected = [
        "warning sqlite-pragma-in-transaction 1:1 PRAGMA foreign_keys has no effect inside a transaction",
        "error sqlite-needs-rebuild 2:20 SQLite cannot add serial as UNIQUE",
        "warning required-column 3:20 owner has no value for rows that device may have",
        "note foreign-key-without-index 4:43 no index of log begins with device, which refers to device",
        "error sqlite-needs-rebuild 5:20 SQLite cannot change the type of name",
        "error needs-no-transaction 6:1 VACUUM cannot run inside a transaction",
    ];
    assert_eq!(findings(&mut cli, &["-q"]), expected);
    // SQLite itself is of the same opinion, a statement at a time.
    for refused in
        ["ALTER TABLE device ADD COLUMN serial TEXT UNIQUE", "ALTER TABLE device ALTER COLUMN name TYPE INTEGER"]
    {
        assert_eq!(cli.args(["sql", "--write", "-c", refused]).run().code, 3, "{refused}");
    }
}
