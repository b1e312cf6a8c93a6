//! `mainstay migrate verify`.

use mainstay_testing::{Cli, server};

use crate::{mainstay, on_database};

fn history(cli: &mut Cli) {
    cli.file("migrations/20260101000000_device.up.sql", "CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT)");
    cli.file("migrations/20260101000000_device.down.sql", "DROP TABLE device");
    cli.file("migrations/20260102000000_index.up.sql", "CREATE INDEX device_name ON device (name)");
    cli.file("migrations/20260103000000_log.up.sql", "CREATE TABLE log (id INTEGER PRIMARY KEY)");
    cli.file("migrations/20260103000000_log.down.sql", "DROP TABLE log");
}

#[test]
fn a_good_history_and_drift_in_the_database() {
    let database = server().database();
    let mut cli = on_database(&database);
    history(&mut cli);
    insta::assert_snapshot!(cli.args(["migrate", "verify"]).run().snapshot(), @"
    exit: 0
    --- stdout
    good     20260101000000_device
    up only  20260102000000_index
    good     20260103000000_log
    1 migration without a way back: down was not tried
    the database has no ledger yet: nothing to compare
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    assert_eq!(cli.args(["migrate", "up", "--to", "20260102000000"]).run().code, 0);
    insta::assert_snapshot!(cli.args(["migrate", "verify"]).run().snapshot(), @"
    exit: 0
    --- stdout
    good     20260101000000_device
    up only  20260102000000_index
    good     20260103000000_log
    1 migration without a way back: down was not tried
    the database is what its ledger's migrations produce
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    database.psql("DROP INDEX device_name; ALTER TABLE device ADD extra int, ALTER name SET NOT NULL; CREATE VIEW by_hand AS SELECT 1");
    insta::assert_snapshot!(cli.args(["migrate", "verify"]).run().snapshot(), @"
    exit: 6
    --- stdout
    good     20260101000000_device
    up only  20260102000000_index
    good     20260103000000_log
    1 migration without a way back: down was not tried
    drift    the database is not what its ledger's migrations produce
             in the database: extra view public.by_hand
             in the database: extra column public.device.extra
             in the database: changed column public.device.name: not null is yes, expected no
             in the database: missing index public.device_name
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: the database has drifted from its migrations
    hint: bring the change into a migration (mainstay migrate new NAME), or undo it by hand
    ");
}

#[test]
fn a_down_that_does_not_lead_back() {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", "sqlite:walt.db");
    history(&mut cli);
    cli.file("migrations/20260102000000_index.down.sql", "DROP INDEX device_name; CREATE INDEX other ON device (name)");
    insta::assert_snapshot!(cli.args(["migrate", "verify"]).run().snapshot(), @"
    exit: 6
    --- stdout
    good     20260101000000_device
    differs  20260102000000_index
             after down: extra index main.other
    1 migration after it not tried
    the database has no ledger yet: nothing to compare
    --- stderr
    target walt.db
    error: 20260102000000_index does not lead back to the schema that it started from
    hint: mend its down script, then: mainstay migrate verify
    ");
    assert!(!cli.project().join("walt.db").exists());
}

#[test]
fn a_down_that_fails() {
    let database = server().database();
    let mut cli = on_database(&database);
    history(&mut cli);
    cli.file("migrations/20260103000000_log.down.sql", "DROP TABLE log;\nDROP TABLE nowhere;");
    insta::assert_snapshot!(cli.args(["migrate", "verify"]).run().snapshot(), @r#"
    exit: 3
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: 20260103000000_log failed at statement 2 of 2
     --> [project]/migrations/20260103000000_log.down.sql:2:1
    2 | DROP TABLE nowhere;
      | ^
    caused by: table "nowhere" does not exist
    SQLSTATE: 42P01
    hint: mend [project]/migrations/20260103000000_log.down.sql, then try again
    "#);
}

#[test]
fn with_json_a_failure_is_one_object() {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", "sqlite:walt.db");
    history(&mut cli);
    cli.file("migrations/20260102000000_index.down.sql", "DROP INDEX device_name; CREATE INDEX other ON device (name)");
    let run = cli.args(["migrate", "verify", "--json"]).run();
    let value: serde_json::Value = serde_json::from_str(&run.stdout).expect("one object");
    assert_eq!((run.code, value["data"]["migrations"].as_array().map(Vec::len)), (6, Some(2)));
    assert!(run.stderr.contains("error: 20260102000000_index does not lead back"), "{}", run.stderr);

    cli.file("migrations/20260102000000_index.up.sql", "VACUUM");
    let run = cli.args(["migrate", "check", "--json"]).run();
    let value: serde_json::Value = serde_json::from_str(&run.stdout).expect("one object");
    assert_eq!((run.code, value["data"][0]["severity"].as_str()), (1, Some("error")), "{value:#}");
    assert!(run.stderr.contains("a migration in this folder cannot succeed"), "{}", run.stderr);
}
