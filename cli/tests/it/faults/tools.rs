//! Folders and ledgers of other tools that are not as they should be; each command that a hint names is then typed.

use mainstay_testing::Cli;

use super::{on_postgres, on_sqlite};

/// Runs a command as a hint has it.
fn typed(cli: &mut Cli, command: &str) -> i32 {
    cli.args(command.split_whitespace().skip(1)).run().code
}

#[test]
fn two_dialects_in_one_folder() {
    let mut cli = on_sqlite();
    cli.file("migrations/1_a.sql", "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;\n");
    cli.file("migrations/V2__b.sql", "CREATE TABLE b (id int);\n");
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: the migrations folder holds two dialects: `1_a.sql` is dbmate's, `V2__b.sql` is refinery or flyway's
    hint: move the files of one of them into another folder, then: mainstay migrate check
    ");
    cli.file("mainstay.toml", "[migrations]\ndialect = \"dbmate\"\n");
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: [project]/migrations/V2__b.sql is not named as a migration
    hint: name it <version>_<name>.sql, or move it out of the folder
    ");
    std::fs::create_dir(cli.project().join("other")).unwrap();
    std::fs::rename(cli.project().join("migrations/V2__b.sql"), cli.project().join("other/V2__b.sql")).unwrap();
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
}

#[test]
fn golang_migrates_dirty_flag() {
    let (mut cli, database) = on_postgres();
    database.psql(
        "CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null);
         INSERT INTO schema_migrations VALUES (2, true); CREATE TABLE a (id int)",
    );
    cli.file("mainstay.toml", "[migrations]\ndialect = \"golang-migrate\"\n");
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);\n");
    cli.file("migrations/2_b.up.sql", "CREATE TABLE b (id int);\n");
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @r"
    exit: 6
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: 2_b was begun and never ended: the ledger marks it as failed or dirty
    hint: see what of it is in the database and undo that by hand, then: mainstay migrate repair --forget 2
    hint: nothing was run; mainstay migrate status shows all of it
    ");
    assert_eq!(typed(&mut cli, "mainstay migrate repair --forget 2 --yes"), 0);
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    applied  2_b ([took])
    the database is at version 2
    --- stderr
    target [database] at [socket]:5432 as postgres
    apply 2_b ([took])
    ");
}

#[test]
fn a_flyway_checksum_that_does_not_match() {
    let mut cli = on_sqlite();
    cli.file("migrations/V1__a.sql", "CREATE TABLE a (id int);\n")
        .file("mainstay.toml", "[migrations]\ndialect = \"flyway\"\n");
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    cli.file("migrations/V1__a.sql", "CREATE TABLE a (id bigint);\n");
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @r"
    exit: 6
    --- stdout
    --- stderr
    target service.sqlite3
    error: [project]/migrations/V1__a.sql was edited after it was applied (checksum -623083431 then, 936413492 now)
    hint: restore [project]/migrations/V1__a.sql, or accept its text as it is now: mainstay migrate repair
    hint: nothing was run; mainstay migrate status shows all of it
    ");
    assert_eq!(typed(&mut cli, "mainstay migrate repair --yes"), 0);
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
}

#[test]
fn a_file_that_is_gone() {
    let mut cli = on_sqlite();
    let block =
        |table: &str| format!("-- migrate:up\nCREATE TABLE {table} (id int);\n-- migrate:down\nDROP TABLE {table};\n");
    cli.file("migrations/1_a.sql", &block("a")).file("migrations/2_b.sql", &block("b"));
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    std::fs::remove_file(cli.project().join("migrations/1_a.sql")).unwrap();
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @r"
    exit: 6
    --- stdout
    --- stderr
    target service.sqlite3
    error: version 1 was applied, but its file is gone
    hint: bring its file back, or take it out of the ledger: mainstay migrate repair --forget 1
    hint: nothing was run; mainstay migrate status shows all of it
    ");
    assert_eq!(typed(&mut cli, "mainstay migrate repair --forget 1 --yes"), 0);
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
}

#[test]
fn a_table_of_another_program() {
    let (mut cli, database) = on_postgres();
    database.psql("CREATE TABLE schema_migrations (id int, note text)");
    let block = "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;\n";
    cli.file("migrations/1_a.sql", block);
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @r#"
    exit: 6
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: the table schema_migrations is not as the dialect `dbmate` keeps it
    caused by: column "version" does not exist
    SQLSTATE: 42703
    hint: mainstay describe schema_migrations
    hint: if it is the table of another tool, say so under [migrations] in mainstay.toml: dialect = "golang-migrate"
    hint: if it is another program's, keep the ledger elsewhere: files in Mainstay's own layout, and dialect = "mainstay" under [migrations] in mainstay.toml
    "#);
    assert_eq!(typed(&mut cli, "mainstay describe schema_migrations"), 0);
    std::fs::remove_file(cli.project().join("migrations/1_a.sql")).unwrap();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);\n");
    cli.file("mainstay.toml", "[migrations]\ndialect = \"mainstay\"\n");
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    applied  1_a ([took])
    the database is at version 1
    --- stderr
    target [database] at [socket]:5432 as postgres
    apply 1_a ([took])
    ");
}

/// Another tool has been at work, and that tool is one that Mainstay speaks.
#[test]
fn another_dialects_ledger() {
    let (mut cli, database) = on_postgres();
    database.psql("CREATE TABLE goose_db_version (id int, version_id bigint, is_applied boolean, tstamp timestamp)");
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);\n");
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @r#"
    exit: 6
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: this database has no ledger of the dialect `mainstay`, but the table `goose_db_version`: its migrations are kept by goose
    hint: to go on in that table, with a folder of that tool's files: dialect = "goose" under [migrations] in mainstay.toml
    hint: to go on with this folder, once it has what the database has had: mainstay migrate adopt
    hint: if this is another database than you meant: mainstay conn show
    "#);
}
