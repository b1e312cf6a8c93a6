//! A statement that fails, or must not be run.

use super::{on_postgres, on_sqlite};

/// Five statements, the third of them wrong in the middle of its second line.
const THIRD_OF_FIVE: &str = "CREATE TABLE a (id int);
CREATE TABLE b (id int);
INSERT INTO a
    SELECT id, FROM b;
CREATE TABLE c (id int);
CREATE TABLE d (id int);
";

#[test]
fn a_syntax_error_in_statement_three_of_five() {
    let (mut cli, database) = on_postgres();
    cli.file("migrations/1_good.up.sql", "CREATE TABLE good (id int);").file("migrations/2_bad.up.sql", THIRD_OF_FIVE);
    let run = cli.args(["migrate", "up"]).run();
    assert_eq!(database.psql("SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'public'"), "good");
    assert_eq!(database.psql("SELECT version, state FROM mainstay.migration"), "1|applied");
    insta::assert_snapshot!(run.snapshot(), @r#"
    exit: 3
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    apply 1_good ([took])
    error: 2_bad failed at statement 3 of 5
     --> [project]/migrations/2_bad.up.sql:4:16
    4 |     SELECT id, FROM b;
      |                ^
    caused by: syntax error at or near "FROM"
    SQLSTATE: 42601
    hint: the database is at version 1; nothing of this migration was applied
    hint: mend [project]/migrations/2_bad.up.sql, then: mainstay migrate up
    "#);
}

#[test]
fn the_same_on_sqlite() {
    let mut cli = on_sqlite();
    cli.file("migrations/1_good.up.sql", "CREATE TABLE good (id int);").file("migrations/2_bad.up.sql", THIRD_OF_FIVE);
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @r#"
    exit: 3
    --- stdout
    --- stderr
    target service.sqlite3
    apply 1_good ([took])
    error: 2_bad failed at statement 3 of 5
     --> [project]/migrations/2_bad.up.sql:4:16
    4 |     SELECT id, FROM b;
      |                ^
    caused by: near "FROM": syntax error
    SQLSTATE: 42601
    hint: the database is at version 1; nothing of this migration was applied
    hint: mend [project]/migrations/2_bad.up.sql, then: mainstay migrate up
    "#);
    insta::assert_snapshot!(cli.args(["migrate", "status"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    VERSION	NAME	STATE	APPLIED AT	UNDO
    1	good	applied	[time]	no
    2	bad	pending		no
    --- stderr
    target service.sqlite3
    ");
}

#[test]
fn after_mending_it_goes_on() {
    let (mut cli, database) = on_postgres();
    cli.file("migrations/1_bad.up.sql", THIRD_OF_FIVE);
    assert_eq!(cli.args(["migrate", "up"]).run().code, 3);
    cli.file("migrations/1_bad.up.sql", &THIRD_OF_FIVE.replace("id,", "id"));
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    assert_eq!(database.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "4");
}

#[test]
fn a_narrow_terminal_keeps_the_caret() {
    let (mut cli, _database) = on_postgres();
    cli.env("COLUMNS", "20").file("migrations/1_bad.up.sql", THIRD_OF_FIVE);
    insta::assert_snapshot!(cli.args(["migrate", "up", "-q"]).run().snapshot(), @r#"
    exit: 3
    --- stdout
    --- stderr
    error: 1_bad failed at statement 3 of 5
     --> [project]/migrations/1_bad.up.sql:4:16
    4 | …CT id, FROM b;
      |         ^
    caused by: syntax error at or near "FROM"
    SQLSTATE: 42601
    hint: no migration is applied; nothing of this migration was applied
    hint: mend [project]/migrations/1_bad.up.sql, then: mainstay migrate up
    "#);
}

#[test]
fn as_json() {
    let (mut cli, _database) = on_postgres();
    let run = cli.file("migrations/1_bad.up.sql", THIRD_OF_FIVE).args(["migrate", "up", "--json"]).run();
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &value["error"]["sqlstate"]), (3, &serde_json::json!("42601")));
    let place = &value["error"]["place"];
    assert_eq!((&place["line"], &place["column"]), (&serde_json::json!(4), &serde_json::json!(16)));
}

#[test]
fn commit_inside_a_transactional_migration() {
    let (mut cli, database) = on_postgres();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);\nCOMMIT;\nCREATE TABLE b (id int);\n");
    let run = cli.args(["migrate", "up"]).run();
    assert_eq!(database.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
    insta::assert_snapshot!(run.snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: 1_a failed at statement 2 of 3
     --> [project]/migrations/1_a.up.sql:2:1
    2 | COMMIT;
      | ^
    caused by: COMMIT inside a transaction of Mainstay's own: all statements are one transaction already
    hint: remove COMMIT, or put `-- mainstay: no-transaction` at the top of the file
    hint: no migration is applied; nothing of this migration was applied
    hint: mend [project]/migrations/1_a.up.sql, then: mainstay migrate up
    ");
}

#[test]
fn concurrently_without_its_directive() {
    let (mut cli, database) = on_postgres();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY a_id ON a (id);\n");
    let run = cli.args(["migrate", "up"]).run();
    assert_eq!(database.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
    insta::assert_snapshot!(run.snapshot(), @r"
    exit: 3
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: 1_a failed at statement 2 of 2
     --> [project]/migrations/1_a.up.sql:2:1
    2 | CREATE INDEX CONCURRENTLY a_id ON a (id);
      | ^
    caused by: CREATE INDEX CONCURRENTLY cannot run inside a transaction block
    SQLSTATE: 25001
    hint: put the line `-- mainstay: no-transaction` at the head: [project]/migrations/1_a.up.sql
    hint: no migration is applied; nothing of this migration was applied
    hint: mend [project]/migrations/1_a.up.sql, then: mainstay migrate up
    ");
}

#[test]
fn deleting_data_needs_consent_by_name() {
    let (mut cli, database) = on_postgres();
    database.psql("CREATE TABLE logs (line text); INSERT INTO logs VALUES ('one')");
    cli.file("migrations/1_tidy.up.sql", "-- no more logs\nDROP TABLE logs;\n");
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @r"
    exit: 5
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: refused to apply 1_tidy: it drops table logs (1 row), which cannot be undone (hazard deletes-data)
     --> [project]/migrations/1_tidy.up.sql:2:1
    2 | DROP TABLE logs;
      | ^
    hint: nothing was run; read it first: mainstay migrate plan
    hint: allow it by name: --allow deletes-data, or the line `-- mainstay: allow deletes-data` at the head of the file
    ");
    insta::assert_snapshot!(cli.args(["migrate", "up", "--allow", "delete-data"]).run().snapshot(), @"
    exit: 2
    --- stdout
    --- stderr
    error: there is no hazard `delete-data`
    hint: known hazards: deletes-data, rewrites-table, blocks-writes, drops-object, fails-on-rows, converts-values, empties-table, no-way-back
    ");
    assert_eq!(database.psql("SELECT line FROM logs"), "one");
    assert_eq!(cli.args(["migrate", "up", "--allow", "deletes-data"]).run().code, 0);
    assert_eq!(database.psql("SELECT count(*) FROM pg_tables WHERE tablename = 'logs'"), "0");
    assert_eq!(std::fs::read_dir(cli.project().join("backups")).unwrap().count(), 1, "copied first");
}

#[test]
fn rows_at_stake_are_counted() {
    let mut cli = on_sqlite();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (b int, c int); INSERT INTO a VALUES (1, 2), (3, 4);");
    cli.file("migrations/1_a.down.sql", "DROP TABLE a;");
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    let down = cli.args(["migrate", "down"]).run();
    assert!(down.stderr.contains("it drops table a (2 rows), which cannot be undone"), "{down:?}");
    assert!(down.stderr.contains("read it first: the same command with --dry-run"), "{down:?}");
    let later = "CREATE TABLE later (d int);\nDROP TABLE later;\nALTER TABLE a DROP COLUMN c;";
    cli.file("migrations/2_b.up.sql", later);
    let plan = cli.args(["migrate", "plan"]).run().stdout;
    assert!(plan.contains("drops column c of a (2 rows)\n") && plan.contains("drops table later\n"), "{plan}");
}

#[test]
fn versions_that_are_not_there() {
    let mut cli = on_sqlite();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    insta::assert_snapshot!(cli.args(["migrate", "up", "--to", "7"]).run().snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: the desired version 7 is not in [project]/migrations
    hint: mainstay migrate status lists the versions
    ");
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    insta::assert_snapshot!(cli.args(["migrate", "down", "--to", "7"]).run().snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: version 7 is not applied, so there is no way down to it
    hint: mainstay migrate status lists the versions; --to 0 undoes all of them
    ");
}

#[test]
fn no_way_down() {
    let mut cli = on_sqlite();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    insta::assert_snapshot!(cli.args(["migrate", "down", "--steps", "1"]).run().snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: 1_a cannot be undone: it has no down script
    hint: write one beside [project]/migrations/1_a.up.sql, or restore a copy
    ");
}

#[test]
fn no_rights_in_the_schema() {
    let (mut cli, database) = on_postgres();
    let role = format!("{}_stranger", database.name());
    database.psql(&format!("CREATE ROLE {role} LOGIN"));
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);").args(["-U", &role, "migrate", "up"]);
    insta::assert_snapshot!(cli.run().snapshot(), @r"
    exit: 3
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as [database]_stranger
    error: cannot write the ledger of migrations
    caused by: permission denied for database [database]
    SQLSTATE: 42501
    hint: the role needs CREATE on the database: mainstay bootstrap
    ");
}

#[test]
fn a_ledger_but_no_rights_in_the_schema() {
    let (mut cli, database) = on_postgres();
    let role = format!("{}_guest", database.name());
    database.psql(&format!("CREATE ROLE {role} LOGIN; GRANT CREATE ON DATABASE {} TO {role}", database.name()));
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);").args(["-U", &role, "migrate", "up"]);
    insta::assert_snapshot!(cli.run().snapshot(), @r"
    exit: 3
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as [database]_guest
    error: 1_a failed at statement 1 of 1
     --> [project]/migrations/1_a.up.sql:1:14
    1 | CREATE TABLE a (id int);
      |              ^
    caused by: permission denied for schema public
    SQLSTATE: 42501
    hint: no migration is applied; nothing of this migration was applied
    hint: the role lacks a right; give it what the service needs: mainstay bootstrap
    ");
}
