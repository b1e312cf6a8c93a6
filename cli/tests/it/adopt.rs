//! `migrate adopt`: what it says, on either engine.

use mainstay_testing::{Cli, server};

use crate::{mainstay, on_database};

/// Three files of Mainstay's own.
fn three(cli: &mut Cli) {
    cli.file("migrations/20260101000000_258490f6e667.up.sql", "CREATE TABLE devices (mac text PRIMARY KEY);\n");
    cli.file("migrations/20260102000000_b4e11a52ea52.up.sql", "CREATE TABLE logs (line text);\n");
    cli.file("migrations/20260103000000_names.up.sql", "ALTER TABLE devices ADD COLUMN name text;\n");
}

const TABLES: &str = "CREATE TABLE devices (mac text PRIMARY KEY); CREATE TABLE logs (line text);";

#[test]
fn alembics_database_is_taken_over() {
    let database = server().database();
    database.psql(&format!(
        "{TABLES} CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); \
         INSERT INTO alembic_version VALUES ('b4e11a52ea52')"
    ));
    let mut cli = on_database(&database);
    three(&mut cli);
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @r"
    exit: 6
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: this database has no ledger of the dialect `mainstay`, but the table `alembic_version`: its migrations are kept by Alembic
    hint: to go on with this folder, once it has what the database has had: mainstay migrate adopt
    hint: if this is another database than you meant: mainstay conn show
    ");
    insta::assert_snapshot!(cli.args(["migrate", "adopt", "--dry-run"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    1. record 2 migrations in mainstay.migration as applied, without running them: 20260101000000_258490f6e667 to 20260102000000_b4e11a52ea52
    proven   2 migrations run in a scratch database on the same server in [took]; 8 objects are the same
    --- stderr
    target [database] at [socket]:5432 as postgres
    run the files up to 20260102000000_b4e11a52ea52 in a scratch database ([took])
    ");
    assert_eq!(database.psql("SELECT to_regclass('mainstay.migration')"), "", "a dry run writes nothing");
    insta::assert_snapshot!(cli.args(["migrate", "adopt"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    read     alembic_version (Alembic)
    proven   2 migrations run in a scratch database on the same server in [took]; 8 objects are the same
    done     record 2 migrations in mainstay.migration as applied, without running them: 20260101000000_258490f6e667 to 20260102000000_b4e11a52ea52
    left     alembic_version; when nothing uses it any more: mainstay sql --write -c 'DROP TABLE alembic_version'
    the database is at 20260102000000_b4e11a52ea52; 1 pending: mainstay migrate up
    --- stderr
    target [database] at [socket]:5432 as postgres
    run the files up to 20260102000000_b4e11a52ea52 in a scratch database ([took])
    record 2 migrations in mainstay.migration as applied, without running them: 20260101000000_258490f6e667 to 20260102000000_b4e11a52ea52 ([took])
    ");
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    applied  20260103000000_names ([took])
    the database is at version 20260103000000
    --- stderr
    target [database] at [socket]:5432 as postgres
    apply 20260103000000_names ([took])
    ");
    insta::assert_snapshot!(cli.args(["migrate", "adopt"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    already adopted; the database is at 20260103000000_names; nothing is pending
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    let drop = "DROP TABLE alembic_version";
    assert_eq!(cli.args(["sql", "--write", "-c", drop]).run().code, 0, "the command as it was shown");
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    assert_eq!(
        database.psql("SELECT action, detail FROM mainstay.journal ORDER BY id LIMIT 1"),
        "migrate adopt|20260101000000 20260102000000; from alembic_version; proven"
    );
}

#[test]
fn a_database_without_a_ledger() {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", "sqlite:service.sqlite3");
    three(&mut cli);
    insta::assert_snapshot!(cli.args(["migrate", "adopt", "--at", "20260102000000"]).run().snapshot(), @r"
    exit: 5
    --- stdout
    --- stderr
    target service.sqlite3
    error: there is nothing to adopt: `service.sqlite3` has no tables
    hint: an empty database gets its tables from the files: mainstay migrate up
    ");
    assert_eq!(cli.args(["sql", "--write", "-c", TABLES]).run().code, 0);
    insta::assert_snapshot!(cli.args(["migrate", "adopt"]).run().snapshot(), @r"
    exit: 6
    --- stdout
    --- stderr
    target service.sqlite3
    error: `service.sqlite3` has no ledger that tells which migrations it has had
    hint: say up to which file it has had them: mainstay migrate adopt --at 20260103000000; the files: 20260101000000_258490f6e667, 20260102000000_b4e11a52ea52, 20260103000000_names
    ");
    insta::assert_snapshot!(cli.args(["migrate", "adopt", "--at", "2026"]).run().snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: no migration in [project]/migrations is 2026
    hint: they are: 20260101000000_258490f6e667, 20260102000000_b4e11a52ea52, 20260103000000_names
    ");
    insta::assert_snapshot!(cli.args(["migrate", "adopt", "--at", "20260103000000"]).run().snapshot(), @r"
    exit: 6
    --- stdout
    --- stderr
    target service.sqlite3
    run the files up to 20260103000000_names in a scratch database ([took])
    error: the database is not what the files up to 20260103000000_names make: 1 difference, found in a scratch file
    caused by: missing column main.devices.name
    hint: nothing was changed; bring files and database together, or say another file: mainstay migrate adopt --at VERSION
    hint: to adopt it with these differences all the same: mainstay migrate adopt --at 20260103000000 --unproven
    ");
    let unproven = ["migrate", "adopt", "--at", "20260102000000", "--unproven"];
    insta::assert_snapshot!(cli.args(unproven).run().snapshot(), @r"
    exit: 0
    --- stdout
    unproven as asked: the files were not compared
    done     record 2 migrations in mainstay_migration as applied, without running them: 20260101000000_258490f6e667 to 20260102000000_b4e11a52ea52
    the database is at 20260102000000_b4e11a52ea52; 1 pending: mainstay migrate up
    --- stderr
    target service.sqlite3
    record 2 migrations in mainstay_migration as applied, without running them: 20260101000000_258490f6e667 to 20260102000000_b4e11a52ea52 ([took])
    ");
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
}

#[test]
fn as_data() {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", "sqlite:service.sqlite3");
    three(&mut cli);
    assert_eq!(cli.args(["sql", "--write", "-c", TABLES]).run().code, 0);
    let run = cli.args(["migrate", "adopt", "--at", "b4e11a52ea52", "--json"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let answer: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let data = &answer["data"];
    assert_eq!(data["adoption"]["plan"]["kind"], "adopt");
    assert_eq!(data["adoption"]["missing"], serde_json::json!(["20260101000000", "20260102000000"]));
    assert_eq!((&data["proof"]["migrations"], &data["done"]), (&2.into(), &true.into()));
}

/// Files that could be of three tools: all of them are named, and the command that decides.
#[test]
fn a_folder_that_several_dialects_could_own() {
    let mut cli = mainstay();
    three(&mut cli);
    insta::assert_snapshot!(cli.args(["migrate", "check"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    SEVERITY	WHERE	FINDING
    note		20260101000000_258490f6e667 has no down script: it cannot be undone
    note		20260102000000_b4e11a52ea52 has no down script: it cannot be undone
    note		20260103000000_names has no down script: it cannot be undone
    --- stderr
    3 migrations in [project]/migrations, dialect mainstay or sqlx or golang-migrate: the ledger in the database tells which
    ");
    cli.file("mainstay.toml", "[migrations]\ndialect = \"mainstay\"\n");
    insta::assert_snapshot!(cli.args(["migrate", "check"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    SEVERITY	WHERE	FINDING
    note		20260101000000_258490f6e667 has no down script: it cannot be undone
    note		20260102000000_b4e11a52ea52 has no down script: it cannot be undone
    note		20260103000000_names has no down script: it cannot be undone
    --- stderr
    3 migrations in [project]/migrations, dialect mainstay
    ");
}

#[test]
fn the_schema_tells_where_a_database_is() {
    let database = server().database();
    let mut cli = on_database(&database);
    three(&mut cli);
    database.psql(TABLES);
    insta::assert_snapshot!(cli.args(["migrate", "adopt", "--by-catalog", "--dry-run"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    1. record 2 migrations in mainstay.migration as applied, without running them: 20260101000000_258490f6e667 to 20260102000000_b4e11a52ea52
    proven   2 migrations run in a scratch database on the same server in [took]; 8 objects are the same
    --- stderr
    target [database] at [socket]:5432 as postgres
    run the files one by one in a scratch database ([took])
    ");
    cli.file("migrations/20260102120000_rows.up.sql", "INSERT INTO logs VALUES ('one');\n");
    insta::assert_snapshot!(cli.args(["migrate", "adopt", "--by-catalog"]).run().snapshot(), @r"
    exit: 6
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    run the files one by one in a scratch database ([took])
    error: the schema of `[database]` is that after each of 2 files: 20260102000000_b4e11a52ea52, 20260102120000_rows
    caused by: files that change rows alone leave no trace in a schema
    hint: look which of them the rows have had, then say it: mainstay migrate adopt --at 20260102120000
    ");
    database.psql("ALTER TABLE devices ADD COLUMN name int");
    insta::assert_snapshot!(cli.args(["migrate", "adopt", "--by-catalog"]).run().snapshot(), @r"
    exit: 6
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    run the files one by one in a scratch database ([took])
    error: `[database]` is not what the files make, after whichever of them; nearest is 20260103000000_names, with 1 difference
    caused by: changed column public.devices.name: data type is integer, expected text
    hint: nothing was changed; bring files and database together, then: mainstay migrate adopt --by-catalog
    hint: to adopt it there with these differences: mainstay migrate adopt --at 20260103000000 --unproven
    ");
    database.psql("ALTER TABLE devices ALTER COLUMN name TYPE text");
    insta::assert_snapshot!(cli.args(["migrate", "adopt", "--by-catalog"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    proven   4 migrations run in a scratch database on the same server in [took]; 9 objects are the same
    done     record 4 migrations in mainstay.migration as applied, without running them: 20260101000000_258490f6e667 to 20260103000000_names
    the database is at 20260103000000_names; nothing is pending
    --- stderr
    target [database] at [socket]:5432 as postgres
    run the files one by one in a scratch database ([took])
    record 4 migrations in mainstay.migration as applied, without running them: 20260101000000_258490f6e667 to 20260103000000_names ([took])
    ");
}

#[test]
fn a_programs_chain_is_captured() {
    let database = server().database();
    let mut cli = on_database(&database);
    let today = jiff::Timestamp::now().strftime("%Y%m%d").to_string();
    cli.filter(&today, "[today]");
    let chain = "psql -X -q -c 'CREATE TABLE a (x int)' -c 'INSERT INTO a VALUES (1)'";
    let words =
        |into: &[&'static str]| [&["migrate", "adopt", "--capture"][..], into, &["--", "sh", "-c", chain]].concat();
    insta::assert_snapshot!(cli.args([&["--dry-run"][..], &words(&[])].concat()).run().snapshot(), @r#"
    exit: 0
    --- stdout
    proven   1 captured migration run in a scratch database on the same server; 4 objects and 1 row are the same ([took])
    would write [project]/migrations/[today]000001_captured.up.sql: 2 statements
    to go on with them: under [migrations] in mainstay.toml, dir = "migrations" and dialect = "mainstay"
    and on each database that has had them: mainstay migrate adopt --by-catalog
    --- stderr
    run sh -c "psql -X -q -c 'CREATE TABLE a (x int)' -c 'INSERT INTO a VALUES (1)'" on a private server ([took])
    run what was captured in a scratch database ([took])
    "#);
    assert!(!cli.project().join("migrations").exists());
    assert_eq!(cli.args(words(&[])).run().code, 0);
    insta::assert_snapshot!(cli.args(words(&[])).run().snapshot(), @r"
    exit: 2
    --- stdout
    --- stderr
    error: [project]/migrations is not empty
    hint: name another folder for the files: mainstay migrate adopt --capture --into FOLDER -- COMMAND
    ");
    insta::assert_snapshot!(cli.args(["migrate", "adopt", "--capture", "--into", "again", "--", "false"]).run().snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    error: `false` failed (exit status: 1)
    caused by: it said nothing
    hint: nothing was written: the chain must run whole, from an empty database to its end
    hint: it is given the connection as DATABASE_URL, PG* and POSTGRES_*; {url} in the command is filled in
    ");
    insta::assert_snapshot!(cli.args(["migrate", "adopt", "--capture"]).run().snapshot(), @r"
    exit: 2
    --- stdout
    --- stderr
    error: the following required arguments were not provided:
      <COMMAND>...

    Usage: mainstay migrate adopt --capture -- <COMMAND>...

    For more information, try '--help'.
    ");
    cli.env("DATABASE_URL", "sqlite:service.sqlite3");
    insta::assert_snapshot!(cli.args(words(&["--into", "again"])).run().snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    error: a chain is captured from a server's log, and SQLite is no server
    hint: name a PostgreSQL database, if the chain runs on one too: --url postgresql:///name
    ");
}
