//! An SQLite file that is not there: who only reads says so, who is to make it makes it.

use mainstay_testing::Cli;

use crate::mainstay;

fn project() -> Cli {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", "sqlite:walt.db").file("migrations/1_devices.up.sql", "CREATE TABLE devices (id int);");
    cli
}

#[test]
fn who_only_reads_says_so() {
    let mut cli = project();
    let readers: &[&[&str]] = &[
        &["tables"],
        &["describe", "devices"],
        &["conn", "test"],
        &["schema", "dump"],
        &["schema", "dump", "--format", "json"],
        &["schema", "diff", "database", "migrations"],
        &["schema", "diff", "ledger", "migrations"],
        &["diagram"],
        &["sql", "-c", "SELECT 1"],
        &["lease", "show"],
        &["data", "dump"],
        &["backup", "create"],
    ];
    for args in readers {
        let run = cli.args(args.iter().copied()).run();
        assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{args:?}: {run:?}");
        assert!(
            run.stderr.contains("error: there is no database file ") && run.stderr.contains("walt.db\n"),
            "{run:?}"
        );
        assert!(run.stderr.contains("hint: make it: mainstay prepare\n"), "{run:?}");
        assert!(!cli.project().join("walt.db").exists(), "{args:?}");
    }
    let run = cli.args(["tables", "--json"]).run();
    assert!(run.code == 4 && run.stdout.contains("\"kind\": \"database_missing\""), "{run:?}");
}

#[test]
fn what_is_to_come_is_told_without_it() {
    let mut cli = project();
    for (args, told) in [
        (["migrate", "plan"].as_slice(), "1. apply 1_devices\n"),
        (&["migrate", "status"], "1\tdevices\tpending\t"),
        (&["prepare", "--dry-run"], "1. apply 1_devices\n"),
        (&["status"], "\nmissing     the file "),
    ] {
        let run = cli.args(args.iter().copied()).run();
        assert!(run.code == 0 && run.stdout.contains(told), "{args:?}: {run:?}");
        assert!(!cli.project().join("walt.db").exists(), "{args:?}");
    }
}

#[test]
fn who_is_to_make_it_makes_it() {
    let makers: [&[&str]; 3] =
        [&["prepare"], &["migrate", "up"], &["sql", "--write", "-c", "CREATE TABLE devices (id int)"]];
    for args in makers {
        let mut cli = project();
        let run = cli.args(args.iter().copied()).run();
        assert_eq!(run.code, 0, "{args:?}: {run:?}");
        let run = cli.args(["tables"]).run();
        assert!(run.code == 0 && run.stdout.contains("devices\ttable\t"), "{args:?}: {run:?}");
    }
    // Without migrations too, since the hint says so.
    let mut cli = mainstay();
    cli.env("DATABASE_URL", "sqlite:walt.db");
    let run = cli.args(["prepare"]).run();
    assert!(run.code == 0 && run.stdout.starts_with("did      create the file "), "{run:?}");
    assert_eq!(cli.args(["prepare"]).run().stdout.lines().count(), 1);
    assert_eq!(cli.args(["tables"]).run().code, 0);
}
