//! A ledger that is another's, newer, or at odds with the files.

use mainstay_testing::Cli;

use super::{on_postgres, on_sqlite};

/// One migration, applied.
fn applied() -> Cli {
    let mut cli = on_sqlite();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    cli
}

#[test]
fn another_tools_ledger() {
    let (mut cli, database) = on_postgres();
    database.psql("CREATE TABLE alembic_version (version_num text)");
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    insta::assert_snapshot!(cli.args(["prepare"]).run().snapshot(), @r"
    exit: 6
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: this database has no ledger of the dialect `mainstay`, but the table `alembic_version`: its migrations are kept by Alembic
    hint: to go on with this folder, once it has what the database has had: mainstay migrate adopt
    hint: if this is another database than you meant: mainstay conn show
    ");
}

#[test]
fn a_newer_format() {
    let (mut cli, database) = on_postgres();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    database.psql("UPDATE mainstay.setting SET value = '99' WHERE name = 'format'");
    insta::assert_snapshot!(cli.args(["prepare"]).run().snapshot(), @r"
    exit: 6
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: the ledger has format 99, this Mainstay knows up to 1: a newer one has been at work here
    hint: install that newer version; mainstay --version shows this one's
    ");
}

#[test]
fn a_database_newer_than_the_folder() {
    let mut cli = applied();
    cli.file("migrations/2_b.up.sql", "CREATE TABLE b (id int);");
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    std::fs::remove_file(cli.project().join("migrations/2_b.up.sql")).unwrap();
    insta::assert_snapshot!(cli.args(["prepare"]).run().snapshot(), @r"
    exit: 6
    --- stdout
    --- stderr
    target service.sqlite3
    error: the database is at version 2, above 1, the highest that is known or wanted here
    hint: start the service's newer version, or go back first: with its files, mainstay migrate down --to VERSION
    hint: nothing was run; mainstay migrate status shows all of it
    ");
}

#[test]
fn an_edited_migration_and_its_repair() {
    let mut cli = applied();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id bigint);");
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @r"
    exit: 6
    --- stdout
    --- stderr
    target service.sqlite3
    error: [project]/migrations/1_a.up.sql was edited after it was applied (checksum b3:c6733f8559a6aa1bdaafaee73bcb8275 then, b3:29b998583ccf4eb28ceb3c17f0b0a3aa now)
    hint: restore [project]/migrations/1_a.up.sql, or accept its text as it is now: mainstay migrate repair
    hint: nothing was run; mainstay migrate status shows all of it
    ");
    insta::assert_snapshot!(cli.args(["migrate", "repair", "--no-input"]).run().snapshot(), @r"
    exit: 5
    --- stdout
    --- stderr
    target service.sqlite3
    [project]/migrations/1_a.up.sql was edited after it was applied (checksum b3:c6733f8559a6aa1bdaafaee73bcb8275 then, b3:29b998583ccf4eb28ceb3c17f0b0a3aa now)
    error: the ledger was not changed
    hint: mainstay migrate repair --yes
    ");
    insta::assert_snapshot!(cli.args(["migrate", "repair", "--dry-run"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    1. record the checksum of 1_a
    --- stderr
    target service.sqlite3
    [project]/migrations/1_a.up.sql was edited after it was applied (checksum b3:c6733f8559a6aa1bdaafaee73bcb8275 then, b3:29b998583ccf4eb28ceb3c17f0b0a3aa now)
    ");
    assert_eq!(cli.args(["migrate", "up"]).run().code, 6, "neither of them changed the ledger");
    insta::assert_snapshot!(cli.args(["migrate", "repair", "--yes"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    done  record the checksum of 1_a
    --- stderr
    target service.sqlite3
    [project]/migrations/1_a.up.sql was edited after it was applied (checksum b3:c6733f8559a6aa1bdaafaee73bcb8275 then, b3:29b998583ccf4eb28ceb3c17f0b0a3aa now)
    ");
    let journal = "SELECT action, detail, result FROM mainstay_journal ORDER BY id DESC LIMIT 1";
    let run = cli.args(["sql", "-q", "-c", journal]).run();
    assert!(run.stdout.ends_with("\nmigrate repair\trecord the checksum of 1_a\tok\n"), "{run:?}");
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let mut repaired = applied();
    repaired.file("migrations/1_a.up.sql", "CREATE TABLE a (id bigint);").args(["migrate", "repair"]);
    let command = repaired.command();
    // A session of its own has no terminal.
    let output = std::process::Command::new("setsid")
        .arg("--wait")
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(repaired.project())
        .env("DATABASE_URL", "sqlite:service.sqlite3")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn out_of_order_and_missing() {
    let mut cli = applied();
    cli.file("migrations/3_c.up.sql", "CREATE TABLE c (id int);");
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    cli.file("migrations/2_b.up.sql", "CREATE TABLE b (id int);");
    std::fs::remove_file(cli.project().join("migrations/1_a.up.sql")).unwrap();
    insta::assert_snapshot!(cli.args(["migrate", "up"]).run().snapshot(), @r"
    exit: 6
    --- stdout
    --- stderr
    target service.sqlite3
    error: 1_a was applied, but its file is gone
    caused by: also: [project]/migrations/2_b.up.sql is pending, but the later version 3 is applied already
    hint: bring its file back, or take it out of the ledger: mainstay migrate repair --forget 1
    hint: give it a new version (mainstay migrate new), or apply it as it is: mainstay migrate up --out-of-order
    hint: nothing was run; mainstay migrate status shows all of it
    ");
    insta::assert_snapshot!(cli.args(["migrate", "status"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    VERSION	NAME	STATE	APPLIED AT	UNDO
    1	a	missing	[time]	no
    2	b	out-of-order		no
    3	c	applied	[time]	no
    --- stderr
    target service.sqlite3
    warning: 1_a was applied, but its file is gone
    warning: [project]/migrations/2_b.up.sql is pending, but the later version 3 is applied already
    ");
}
