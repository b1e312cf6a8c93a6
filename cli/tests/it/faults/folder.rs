//! A migrations folder, or a file in it, that is wrong: said before anything is connected to or changed.

use mainstay_testing::Cli;

use super::{on_postgres, on_sqlite};

/// Runs `migrate up` on SQLite and shows that no database was made.
fn refused(cli: &mut Cli) -> String {
    let run = cli.args(["migrate", "up"]).run();
    assert!(!cli.project().join("service.sqlite3").exists(), "nothing is made: {run:?}");
    run.snapshot()
}

#[test]
fn no_folder() {
    insta::assert_snapshot!(refused(&mut on_sqlite()), @r"
    exit: 2
    --- stdout
    --- stderr
    target service.sqlite3
    error: this project has no migrations folder
    hint: mainstay init, or [migrations] dir in mainstay.toml
    ");
}

#[test]
fn a_configured_folder_that_is_missing_stops_prepare() {
    let mut cli = on_sqlite();
    let run = cli.file("mainstay.toml", "[migrations]\ndir = \"sql\"\n").args(["prepare"]).run();
    insta::assert_snapshot!(run.snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: there is no folder [project]/sql
    hint: type: mkdir -p [project]/sql
    hint: or set [migrations] dir in mainstay.toml
    ");
}

#[test]
fn a_folder_in_place_of_a_file() {
    let mut cli = on_sqlite();
    insta::assert_snapshot!(refused(cli.file("migrations/1_a.up.sql/x", "")), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: [project]/migrations/1_a.up.sql is a folder where a file should be
    hint: type: ls -la [project]/migrations
    ");
}

#[test]
fn a_file_in_place_of_the_folder() {
    let mut cli = on_sqlite();
    insta::assert_snapshot!(refused(cli.file("migrations", "")), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: [project]/migrations is not a folder
    hint: set [migrations] dir in mainstay.toml to the folder of the files
    ");
}

#[test]
fn not_utf8() {
    let mut cli = on_sqlite();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    let text = b"CREATE TABLE b (id int);\n-- f\xfcr sp\xe4ter\n";
    std::fs::write(cli.project().join("migrations/2_b.up.sql"), text).unwrap();
    insta::assert_snapshot!(refused(&mut cli), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: the file is not UTF-8: byte 0xfc
     --> [project]/migrations/2_b.up.sql:2:5
    2 | -- f
      |     ^
    hint: iconv -f LATIN1 -t UTF-8 [project]/migrations/2_b.up.sql > [project]/migrations/2_b.up.sql.utf8, and look at the result
    ");
}

#[test]
fn one_version_twice() {
    let mut cli = on_sqlite();
    cli.file("migrations/1_a.up.sql", "SELECT 1;").file("migrations/01_b.up.sql", "SELECT 1;");
    insta::assert_snapshot!(refused(&mut cli), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: version 01 is there twice: [project]/migrations/01_b.up.sql and [project]/migrations/1_a.up.sql
    hint: give the one that is not applied anywhere yet a new version
    ");
}

#[test]
fn a_name_that_is_none() {
    let mut cli = on_sqlite();
    cli.file("migrations/1_a.up.sql", "SELECT 1;").file("migrations/add-nodes.sql", "SELECT 1;");
    insta::assert_snapshot!(refused(&mut cli), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: [project]/migrations/add-nodes.sql is not named as a migration
    hint: name it <version>_<name>.up.sql or .down.sql, as `mainstay migrate new NAME` does
    ");
}

#[test]
fn half_a_dollar_quote() {
    let (mut cli, database) = on_postgres();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    let text = "CREATE FUNCTION f() RETURNS int\n  LANGUAGE sql AS $body$\n  SELECT 1;\n$bdy$;\n";
    let run = cli.file("migrations/2_f.up.sql", text).args(["migrate", "up"]).run();
    assert_eq!(database.psql("SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'mainstay')"), "0");
    insta::assert_snapshot!(run.snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: a dollar quote is never closed
     --> [project]/migrations/2_f.up.sql:2:19
    2 |   LANGUAGE sql AS $body$
      |                   ^
    hint: close it, then look at the whole folder: mainstay migrate check
    ");
}

#[test]
fn half_a_string() {
    let mut cli = on_sqlite();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (name text);\nINSERT INTO a VALUES ('it);\n");
    insta::assert_snapshot!(refused(&mut cli), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: a string is never closed
     --> [project]/migrations/1_a.up.sql:2:23
    2 | INSERT INTO a VALUES ('it);
      |                       ^
    hint: close it, then look at the whole folder: mainstay migrate check
    ");
}

#[test]
fn an_unknown_directive() {
    let mut cli = on_sqlite();
    cli.file("migrations/1_a.up.sql", "-- the index\n-- mainstay: no-transction\nCREATE TABLE a (id int);\n");
    insta::assert_snapshot!(refused(&mut cli), @"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: unknown directive `no-transction`
     --> [project]/migrations/1_a.up.sql:2:1
    2 | -- mainstay: no-transction
      | ^
    hint: did you mean `-- mainstay: no-transaction`? Known: no-transaction, lock-timeout, statement-timeout, allow, requires, foreign-keys-off, rebuilds, replaces
    ");
}

#[test]
fn a_subfolder_that_is_no_migration_is_left_alone() {
    let mut cli = on_sqlite();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);").file("migrations/old/notes.txt", "");
    let run = cli.args(["migrate", "up"]).run();
    assert_eq!(run.code, 0, "{run:?}");
}
