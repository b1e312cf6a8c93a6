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
    insta::assert_snapshot!(cli.args(["migrate", "verify"]).run().snapshot(), @"");
    assert_eq!(cli.args(["migrate", "up", "--to", "20260102000000"]).run().code, 0);
    insta::assert_snapshot!(cli.args(["migrate", "verify"]).run().snapshot(), @"");
    database.psql("DROP INDEX device_name; ALTER TABLE device ADD extra int, ALTER name SET NOT NULL; CREATE VIEW by_hand AS SELECT 1");
    insta::assert_snapshot!(cli.args(["migrate", "verify"]).run().snapshot(), @"");
}

#[test]
fn a_down_that_does_not_lead_back() {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", "sqlite:walt.db");
    history(&mut cli);
    cli.file("migrations/20260102000000_index.down.sql", "DROP INDEX device_name; CREATE INDEX other ON device (name)");
    insta::assert_snapshot!(cli.args(["migrate", "verify"]).run().snapshot(), @"");
    assert!(!cli.project().join("walt.db").exists());
}

#[test]
fn a_down_that_fails() {
    let database = server().database();
    let mut cli = on_database(&database);
    history(&mut cli);
    cli.file("migrations/20260103000000_log.down.sql", "DROP TABLE log;\nDROP TABLE nowhere;");
    insta::assert_snapshot!(cli.args(["migrate", "verify"]).run().snapshot(), @"");
}
