//! `mainstay schema diff` and `mainstay migrate new --from-schema` on SQLite.

use mainstay_testing::Cli;

use crate::on_sqlite;

const NOW: &str = "\
CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE log (id INTEGER PRIMARY KEY, device INT NOT NULL REFERENCES device ON DELETE CASCADE, note TEXT);
CREATE VIEW named AS SELECT name FROM device WHERE name <> '';
CREATE VIRTUAL TABLE words USING fts5(body);
";
const WANTED: &str = "\
CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE log (id INTEGER PRIMARY KEY, device INT NOT NULL REFERENCES device ON DELETE CASCADE);
CREATE VIEW named AS SELECT name FROM device WHERE name <> '';
CREATE INDEX log_device ON log (device);
CREATE VIRTUAL TABLE words USING fts5 (body);
";
const ROWS: &str = "INSERT INTO device VALUES (1, 'a'), (2, 'b'); INSERT INTO log VALUES (1, 1, 'x'), (2, 2, 'y')";
const SEEN: &str = "SELECT d.name, l.id FROM log l JOIN device d ON d.id = l.device ORDER BY 2";

/// A project whose database has had its one migration and has rows, and whose `schema.sql` wants `wanted`.
fn project(wanted: &str) -> Cli {
    let mut cli = on_sqlite(NOW);
    cli.file("schema.sql", wanted);
    sql(&mut cli, ROWS);
    cli
}

fn sql(cli: &mut Cli, sql: &str) -> String {
    succeeds(cli, &["sql", "--write", "--format", "csv", "-c", sql])
}

fn succeeds(cli: &mut Cli, args: &[&str]) -> String {
    let run = cli.args(args.iter().copied()).run();
    assert_eq!(run.code, 0, "{run:?}");
    run.stdout
}

/// What was copied before its table is dropped is not lost, and what is lost is asked for by its name.
#[test]
fn a_rebuild_is_applied_from_its_file() {
    let wanted =
        WANTED.replace("REFERENCES device ON DELETE CASCADE)", "REFERENCES device ON DELETE CASCADE, note TEXT)");
    let mut cli = project(&wanted);
    let plan = ["schema", "diff", "database", "schema.sql", "--format", "json", "-o", "plan.json"];
    succeeds(&mut cli, &plan);
    let told = succeeds(&mut cli, &["schema", "apply", "plan.json"]);
    assert!(told.starts_with("applied  1 step"), "{told}");
    assert_eq!(sql(&mut cli, SEEN), "name,id\na,1\nb,2\n");
    cli.file("schema.sql", WANTED);
    std::fs::remove_file(cli.project().join("plan.json")).unwrap();
    succeeds(&mut cli, &plan);
    let run = cli.args(["schema", "apply", "plan.json"]).run();
    assert_eq!(run.code, 5, "{run:?}");
    assert!(run.stderr.contains("drops column note of log (2 rows)"), "{run:?}");
    // SQLite's comments do not nest: this one ends where another engine's would go on.
    let path = cli.project().join("plan.json");
    let text = std::fs::read_to_string(&path)
        .unwrap()
        .replace("ALTER TABLE log DROP COLUMN note", "/* /* */ DELETE FROM log -- */");
    std::fs::write(&path, text).unwrap();
    let run = cli.args(["schema", "apply", "plan.json"]).run();
    assert!(run.code == 5 && run.stderr.contains("deletes rows of log"), "{run:?}");
    assert_eq!(sql(&mut cli, SEEN), "name,id\na,1\nb,2\n");
}

#[test]
fn the_plan_in_every_format() {
    let mut cli = project(WANTED);
    let run = cli.args(["schema", "diff", "database", "schema.sql", "--exit-code"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 10
    --- stdout
    .bail on
    -- change table main.log and 2 more
    -- hazard: deletes-data: drops column note of log
    -- hazard: fails-on-rows: fails where column name of device is NULL
    PRAGMA foreign_keys = OFF;
    BEGIN;
    CREATE TEMP TABLE mainstay_guard (foreign_keys_are_off CHECK (foreign_keys_are_off), every_foreign_key_finds_its_row CHECK (every_foreign_key_finds_its_row));
    INSERT INTO temp.mainstay_guard (foreign_keys_are_off) SELECT NOT foreign_keys FROM pragma_foreign_keys;
    ALTER TABLE log DROP COLUMN note;
    PRAGMA legacy_alter_table = ON;
    CREATE TABLE device__new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    INSERT INTO device__new (id, name) SELECT id, name FROM device;
    DROP TABLE device;
    ALTER TABLE device__new RENAME TO device;
    PRAGMA legacy_alter_table = OFF;
    CREATE INDEX log_device ON log (device);
    INSERT INTO temp.mainstay_guard (every_foreign_key_finds_its_row) SELECT NOT EXISTS (SELECT 1 FROM pragma_foreign_key_check);
    DROP TABLE temp.mainstay_guard;
    COMMIT;
    PRAGMA foreign_keys = ON;
    --- stderr
    target walt.db
    warning: this deletes data (deletes-data): drops column note of log
    ");
    let text = cli.args(["schema", "diff", "database", "schema.sql", "--format", "text"]).run();
    insta::assert_snapshot!(text.snapshot(), @"
    exit: 0
    --- stdout
    1. one transaction, foreign keys off, 12 statements
       CREATE TEMP TABLE mainstay_guard (foreign_keys_are_off CHECK (foreign_keys_are_off), every_foreign_key_finds_its_row…
       INSERT INTO temp.mainstay_guard (foreign_keys_are_off) SELECT NOT foreign_keys FROM pragma_foreign_keys
       ALTER TABLE log DROP COLUMN note
         hazard: deletes-data: drops column note of log
       PRAGMA legacy_alter_table = ON
       CREATE TABLE device__new (id INTEGER PRIMARY KEY, name TEXT NOT NULL)
       INSERT INTO device__new (id, name) SELECT id, name FROM device
         hazard: fails-on-rows: fails where column name of device is NULL
       DROP TABLE device
       ALTER TABLE device__new RENAME TO device
       PRAGMA legacy_alter_table = OFF
       CREATE INDEX log_device ON log (device)
       INSERT INTO temp.mainstay_guard (every_foreign_key_finds_its_row) SELECT NOT EXISTS (SELECT 1 FROM pragma_foreign_ke…
       DROP TABLE temp.mainstay_guard
    --- stderr
    target walt.db
    warning: this deletes data (deletes-data): drops column note of log
    ");
    let json = succeeds(&mut cli, &["schema", "diff", "database", "schema.sql", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let step = &json["data"]["plan"]["steps"][0]["action"];
    assert_eq!((&step["transaction"], &step["without_foreign_keys"]), (&true.into(), &true.into()), "{json}");
    assert!(succeeds(&mut cli, &["schema", "diff", "ledger", "database"]).starts_with("-- no differences"));
}

/// A parent is made anew under a child that would be deleted with it.
#[test]
fn a_migration_there_and_back_with_all_rows() {
    let mut cli = project(WANTED);
    let run = cli.args(["migrate", "new", "tidy", "up", "--from-schema", "schema.sql"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("warning: the migration drops column note of log: it must be allowed"), "{run:?}");
    let mut written: Vec<String> =
        run.stdout.lines().map(|line| line.trim_start_matches("wrote ").to_owned()).collect();
    written.sort();
    let texts: Vec<String> = written.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    insta::assert_snapshot!(texts.join("\n"), @"
    -- undo: tidy up

    -- mainstay: foreign-keys-off
    -- mainstay: rebuilds device
    CREATE TEMP TABLE mainstay_guard (foreign_keys_are_off CHECK (foreign_keys_are_off), every_foreign_key_finds_its_row CHECK (every_foreign_key_finds_its_row));
    INSERT INTO temp.mainstay_guard (foreign_keys_are_off) SELECT NOT foreign_keys FROM pragma_foreign_keys;
    -- hazard: drops-object: drops index log_device
    DROP INDEX log_device;
    ALTER TABLE log ADD COLUMN note TEXT;
    PRAGMA legacy_alter_table = ON;
    CREATE TABLE device__new (id INTEGER PRIMARY KEY, name TEXT);
    INSERT INTO device__new (id, name) SELECT id, name FROM device;
    DROP TABLE device;
    ALTER TABLE device__new RENAME TO device;
    PRAGMA legacy_alter_table = OFF;
    INSERT INTO temp.mainstay_guard (every_foreign_key_finds_its_row) SELECT NOT EXISTS (SELECT 1 FROM pragma_foreign_key_check);
    DROP TABLE temp.mainstay_guard;

    -- tidy up

    -- mainstay: foreign-keys-off
    -- mainstay: rebuilds device
    CREATE TEMP TABLE mainstay_guard (foreign_keys_are_off CHECK (foreign_keys_are_off), every_foreign_key_finds_its_row CHECK (every_foreign_key_finds_its_row));
    INSERT INTO temp.mainstay_guard (foreign_keys_are_off) SELECT NOT foreign_keys FROM pragma_foreign_keys;
    -- hazard: deletes-data: drops column note of log
    ALTER TABLE log DROP COLUMN note;
    PRAGMA legacy_alter_table = ON;
    CREATE TABLE device__new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    -- hazard: fails-on-rows: fails where column name of device is NULL
    INSERT INTO device__new (id, name) SELECT id, name FROM device;
    DROP TABLE device;
    ALTER TABLE device__new RENAME TO device;
    PRAGMA legacy_alter_table = OFF;
    CREATE INDEX log_device ON log (device);
    INSERT INTO temp.mainstay_guard (every_foreign_key_finds_its_row) SELECT NOT EXISTS (SELECT 1 FROM pragma_foreign_key_check);
    DROP TABLE temp.mainstay_guard;
    ");

    let run = cli.args(["migrate", "up"]).run();
    assert_eq!(run.code, 5, "{run:?}");
    assert!(run.stderr.contains("drops column note of log") && !run.stderr.contains("device"), "{run:?}");
    succeeds(&mut cli, &["migrate", "up", "--allow", "deletes-data"]);
    assert_eq!(sql(&mut cli, SEEN), "name,id\na,1\nb,2\n");
    assert!(succeeds(&mut cli, &["schema", "diff", "database", "schema.sql"]).starts_with("-- no differences"));
    // The session that ran it enforces foreign keys again, as every other does.
    assert_eq!(cli.args(["sql", "--write", "-c", "INSERT INTO log VALUES (9, 9)"]).run().code, 3);
    succeeds(&mut cli, &["migrate", "verify"]);
    // Nothing is lost on the way back, so nothing must be allowed.
    succeeds(&mut cli, &["migrate", "down"]);
    assert_eq!(sql(&mut cli, SEEN), "name,id\na,1\nb,2\n");
    assert!(succeeds(&mut cli, &["schema", "diff", "database", "migrations"]).contains("log_device"));
    succeeds(&mut cli, &["migrate", "up", "--allow", "deletes-data"]);
    let nothing = succeeds(&mut cli, &["migrate", "new", "more", "--from-schema", "schema.sql"]);
    assert_eq!(nothing, "the migrations produce the wanted schema: nothing to write\n");
}

#[test]
fn a_rename_is_told_and_done_everywhere() {
    let wanted = NOW.replace("name", "title").replace("device", "thing").replace("titled", "named");
    let mut cli = project(&wanted);
    insta::assert_snapshot!(cli.args(["schema", "diff", "database", "schema.sql"]).run().snapshot(), @"
    exit: 5
    --- stdout
    --- stderr
    target walt.db
    error: column main.log.device is gone and `thing` is like it: it was renamed, or it is to be dropped with its data
    hint: renamed: --rename main.log.device=main.log.thing
    hint: or for everybody, in the file beside `thing`: -- mainstay: renamed from device
    hint: dropped, with its data: --allow deletes-data
    ");
    let renames =
        ["--rename", "main.device=main.thing,main.thing.name=main.thing.title,main.log.device=main.log.thing"];
    let diff = [&["schema", "diff", "database", "schema.sql"], &renames[..]].concat();
    insta::assert_snapshot!(cli.args(diff).run().snapshot(), @"
    exit: 0
    --- stdout
    .bail on
    -- rename
    BEGIN;
    ALTER TABLE main.device RENAME TO thing;
    ALTER TABLE main.thing RENAME COLUMN name TO title;
    ALTER TABLE main.log RENAME COLUMN device TO thing;
    COMMIT;
    --- stderr
    target walt.db
    ");
    let new = [&["migrate", "new", "rename", "--from-schema", "schema.sql"], &renames[..]].concat();
    succeeds(&mut cli, &new);
    succeeds(&mut cli, &["migrate", "up"]);
    assert_eq!(sql(&mut cli, "SELECT title FROM thing JOIN log ON thing.id = log.thing"), "title\na\nb\n");
    succeeds(&mut cli, &["migrate", "down"]);
    assert_eq!(sql(&mut cli, SEEN), "name,id\na,1\nb,2\n");
}

#[test]
fn bad_input() {
    let mut cli = project("CREATE TABLE device (\n    id INTEGER PRIMARY KEY,\n    name TEXT NOT NUL\n);\n");
    let diff = |cli: &mut Cli| cli.args(["schema", "diff", "database", "schema.sql"]).run().snapshot();
    insta::assert_snapshot!(diff(&mut cli), @r#"
    exit: 3
    --- stdout
    --- stderr
    target walt.db
    error: schema.sql does not load
     --> schema.sql:3:19
    3 |     name TEXT NOT NUL
      |                   ^
    caused by: near "NUL": syntax error
    SQLSTATE: 42601
    hint: mend schema.sql, then try again
    "#);
    cli.file("schema.sql", &format!("{NOW}CREATE VIRTUAL TABLE far USING nosuch(a);\n"));
    insta::assert_snapshot!(diff(&mut cli), @"
    exit: 3
    --- stdout
    --- stderr
    target walt.db
    error: schema.sql does not load
     --> schema.sql:5:1
    5 | CREATE VIRTUAL TABLE far USING nosuch(a);
      | ^
    caused by: no such module: nosuch
    SQLSTATE: 42000
    hint: mend schema.sql, then try again
    ");
    let valueless = NOW.replace("name TEXT", "name TEXT, owner TEXT NOT NULL CHECK (owner <> '')");
    cli.file("schema.sql", &valueless);
    insta::assert_snapshot!(diff(&mut cli), @"
    exit: 5
    --- stdout
    --- stderr
    target walt.db
    error: the plan gives device the column owner, NOT NULL and without a default, and there are rows
    hint: give the column a DEFAULT, or let it be NULL until every row has a value
    ");
    let new = cli.args(["migrate", "new", "x", "--from-schema", "schema.sql"]).run();
    insta::assert_snapshot!(new.snapshot(), @"
    exit: 5
    --- stdout
    --- stderr
    error: the plan gives device the column owner, NOT NULL and without a default, and there are rows
    hint: give the column a DEFAULT, or let it be NULL until every row has a value
    ");
    // Of a table without rows it is a hazard, and no obstacle.
    sql(&mut cli, "DELETE FROM device");
    assert!(diff(&mut cli).contains("hazard: fails-on-rows: gives device the column owner"));
}

/// The file says that it must be run with foreign keys off; where a row would point at nothing, nothing of it has happened.
#[test]
fn a_migration_that_would_orphan_rows_is_undone() {
    let mut cli = project(NOW);
    cli.file(
        "migrations/20260102000000_by_hand.up.sql",
        "-- mainstay: foreign-keys-off\n-- mainstay: rebuilds device\n\nCREATE TABLE d (id INTEGER PRIMARY KEY, name TEXT);\n\
         INSERT INTO d SELECT * FROM device WHERE id = 1;\nDROP TABLE device;\nPRAGMA legacy_alter_table = ON;\n\
         ALTER TABLE d RENAME TO device;\nPRAGMA legacy_alter_table = OFF;\n",
    );
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @"
    exit: 6
    --- stdout
    --- stderr
    target walt.db
    error: 20260102000000_by_hand failed
    caused by: row 2 of log would point at a row of device that is not there
    hint: give such rows one to point at, or take them away, before this is run
    hint: the database is at version 20260101000000; nothing of this migration was applied
    hint: mend [project]/migrations/20260102000000_by_hand.up.sql, then: mainstay migrate up
    hint: the database is as it was, so the safety copy of this run was removed again
    ");
    assert_eq!(sql(&mut cli, SEEN), "name,id\na,1\nb,2\n");
}
