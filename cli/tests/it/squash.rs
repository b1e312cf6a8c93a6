//! `migrate squash`: what it says, asks and writes.

use mainstay_testing::{Cli, server};

use crate::{mainstay, on_database};

fn three(cli: &mut Cli) {
    cli.file("migrations/20260101000000_devices.up.sql", "CREATE TABLE devices (mac text PRIMARY KEY);\n");
    cli.file("migrations/20260101000000_devices.down.sql", "DROP TABLE devices;\n");
    cli.file(
        "migrations/20260102000000_kinds.up.sql",
        "CREATE TABLE kind (name text);\nINSERT INTO kind VALUES ('switch');\n",
    );
    cli.file("migrations/20260103000000_names.up.sql", "ALTER TABLE devices ADD COLUMN name text;\n");
}

fn files(cli: &Cli, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(cli.project().join(folder)).expect("reads");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect();
    names.sort();
    names
}

#[test]
fn the_plan_comes_first_and_nothing_goes_unasked() {
    let database = server().database();
    let mut cli = on_database(&database);
    three(&mut cli);
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    insta::assert_snapshot!(cli.args(["migrate", "squash", "--dry-run"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    proven   3 migrations run in a scratch database on the same server, and one script instead: the same objects and rows
    comes    [project]/migrations/20260103000000_baseline.up.sql: 9 statements
             with 1 row of public.kind
    goes     [project]/migrations/20260101000000_devices.up.sql
    goes     [project]/migrations/20260101000000_devices.down.sql
    goes     [project]/migrations/20260102000000_kinds.up.sql
    goes     [project]/migrations/20260103000000_names.up.sql
    the old files are removed: be sure that they are committed, or keep them by --keep FOLDER
    databases that have had all of these go on; others need the old files once more, up to the last
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    assert_eq!(files(&cli, "migrations").len(), 4);
    insta::assert_snapshot!(cli.args(["migrate", "squash"]).run().snapshot(), @r"
    exit: 5
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    proven   3 migrations run in a scratch database on the same server, and one script instead: the same objects and rows
    comes    [project]/migrations/20260103000000_baseline.up.sql: 9 statements
             with 1 row of public.kind
    goes     [project]/migrations/20260101000000_devices.up.sql
    goes     [project]/migrations/20260101000000_devices.down.sql
    goes     [project]/migrations/20260102000000_kinds.up.sql
    goes     [project]/migrations/20260103000000_names.up.sql
    the old files are removed: be sure that they are committed, or keep them by --keep FOLDER
    databases that have had all of these go on; others need the old files once more, up to the last
    error: the migrations were not changed
    hint: mainstay migrate squash --yes
    ");
    assert_eq!(files(&cli, "migrations").len(), 4);
    let keep = ["migrate", "squash", "--keep", "old", "--yes"];
    insta::assert_snapshot!(cli.args(keep).run().snapshot(), @r"
    exit: 0
    --- stdout
    wrote [project]/migrations/20260103000000_baseline.up.sql in place of 4 files
    --- stderr
    target [database] at [socket]:5432 as postgres
    proven   3 migrations run in a scratch database on the same server, and one script instead: the same objects and rows
    comes    [project]/migrations/20260103000000_baseline.up.sql: 9 statements
             with 1 row of public.kind
    goes     [project]/migrations/20260101000000_devices.up.sql
    goes     [project]/migrations/20260101000000_devices.down.sql
    goes     [project]/migrations/20260102000000_kinds.up.sql
    goes     [project]/migrations/20260103000000_names.up.sql
    the old files are moved to [project]/old
    databases that have had all of these go on; others need the old files once more, up to the last
    ");
    assert_eq!(
        (files(&cli, "migrations"), files(&cli, "old").len()),
        (vec!["20260103000000_baseline.up.sql".into()], 4)
    );
    insta::assert_snapshot!(cli.args(["migrate", "status"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    VERSION	NAME	STATE	APPLIED AT	UNDO
    20260101000000	devices	replaced	[time]	no
    20260102000000	kinds	replaced	[time]	no
    20260103000000	baseline	applied	[time]	no
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    insta::assert_snapshot!(cli.args(["migrate", "check"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    SEVERITY	WHERE	FINDING
    note		20260103000000_baseline has no down script: it cannot be undone
    --- stderr
    1 migration in [project]/migrations, dialect mainstay or sqlx or golang-migrate: the ledger in the database tells which
    ");
    insta::assert_snapshot!(cli.args(["migrate", "down"]).run().snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: 20260103000000_baseline cannot be undone: it stands for a whole history
    hint: restore a copy from before, or go back with the files from before the squash
    ");
    insta::assert_snapshot!(cli.args(["migrate", "repair"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    nothing to repair
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    insta::assert_snapshot!(cli.args(["migrate", "verify"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    up only  20260103000000_baseline
    1 migration without a way back: down was not tried
    the database is what its ledger's migrations produce
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
}

#[test]
fn the_baseline_is_a_file_to_be_read() {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", "sqlite:service.sqlite3");
    three(&mut cli);
    insta::assert_snapshot!(cli.args(["migrate", "squash", "--yes"]).run().snapshot(), @r"
    exit: 2
    --- stdout
    --- stderr
    target service.sqlite3
    error: no database tells up to which version the migrations are applied
    hint: say it: mainstay migrate squash --to VERSION
    ");
    let run = cli.args(["migrate", "squash", "--to", "20260103000000", "--yes", "--json"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let answer: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let data = &answer["data"];
    assert_eq!((&data["done"], &data["squash"]["statements"]), (&true.into(), &4.into()));
    assert_eq!(data["squash"]["rows"], serde_json::json!([["main.kind", 1]]));
    let text = std::fs::read_to_string(cli.project().join("migrations/20260103000000_baseline.up.sql")).expect("reads");
    insta::assert_snapshot!(text, @r#"
    -- What 3 migrations make, 20260101000000_devices to 20260103000000_names.
    -- mainstay: replaces 20260101000000, 20260102000000, 20260103000000

    PRAGMA defer_foreign_keys = on;

    CREATE TABLE devices (mac text PRIMARY KEY, name text);

    CREATE TABLE kind (name text);

    INSERT INTO kind ("name") VALUES ('switch');
    "#);
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
}

#[test]
fn files_that_a_merge_brings_back_are_named() {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", "sqlite:service.sqlite3");
    three(&mut cli);
    assert_eq!(cli.args(["migrate", "squash", "--to", "20260103000000", "--yes"]).run().code, 0);
    cli.file("migrations/20260102000000_kinds.up.sql", "CREATE TABLE kind (name text);\n");
    insta::assert_snapshot!(cli.args(["migrate", "check"]).run().snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    error: 20260102000000_kinds is replaced by 20260103000000_baseline, and still here
     --> [project]/migrations/20260102000000_kinds.up.sql:1:1
    1 | CREATE TABLE kind (name text);
      | ^
    hint: take it away: rm [project]/migrations/20260102000000_kinds.up.sql
    ");
    std::fs::remove_file(cli.project().join("migrations/20260102000000_kinds.up.sql")).expect("removes");
    cli.file("migrations/20260102120000_late.up.sql", "CREATE TABLE late (x int);\n");
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: 20260102120000_late comes before the baseline 20260103000000_baseline
     --> [project]/migrations/20260102120000_late.up.sql:1:1
    1 | CREATE TABLE late (x int);
      | ^
    hint: on a new database it would run before there is anything: give it a version above 20260103000000
    ");
}
