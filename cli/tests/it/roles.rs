//! `mainstay role`.

use mainstay_testing::{Cli, Run, TestDatabase, server};

use crate::{on_database, on_sqlite};

const SCHEMA: &str = "CREATE TABLE device (id serial PRIMARY KEY, name text); CREATE SCHEMA app; CREATE VIEW app.cheap AS SELECT 1 AS one";

/// The database and the command on it, the service's own role being another than the connected one.
fn ground() -> (TestDatabase, Cli) {
    let database = server().database();
    database.psql(SCHEMA);
    let mut cli = on_database(&database);
    cli.file("mainstay.toml", "[service]\nname = \"walt\"\n");
    (database, cli)
}

fn done(run: Run) -> Run {
    assert_eq!(run.code, 0, "{}", run.snapshot());
    run
}

#[test]
fn a_reader_from_plan_to_drop() {
    let (database, mut cli) = ground();
    let create = ["role", "create", "cli_reports", "--preset", "reader", "--close-public"];
    insta::assert_snapshot!(cli.args([&create[..], &["--dry-run"]].concat()).run().snapshot());
    let run = done(cli.args(create).run());
    let password = run.stdout.lines().find_map(|line| line.strip_prefix("password  ")).expect("a password");
    assert_eq!(password.len(), 24);
    insta::assert_snapshot!(run.snapshot().replace(password, "[password]"));
    let stored = database.psql("SELECT rolpassword FROM pg_authid WHERE rolname = 'cli_reports'");
    assert!(stored.starts_with("SCRAM-SHA-256$"), "{stored}");

    let again = done(cli.args(create).run());
    assert_eq!(again.stdout, "cli_reports has everything already\n");
    insta::assert_snapshot!(cli.args(["role", "list", "cli_reports"]).run().snapshot());
    let refused = cli.args(["role", "drop", "cli_reports", "--no-input"]).run();
    assert_eq!(refused.code, 5, "{}", refused.snapshot());
    insta::assert_snapshot!(cli.args(["role", "drop", "cli_reports", "--yes"]).run().snapshot());
}

#[test]
fn the_sql_is_for_psql_to_run() {
    let (database, mut cli) = ground();
    let run = done(cli.args(["role", "create", "cli_printed", "--preset", "reader", "--print"]).run());
    assert!(
        run.stdout.starts_with("-- the password is a variable of psql: psql -v role_password=\"'…'\"\n"),
        "{}",
        run.stdout
    );
    assert_eq!(database.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'cli_printed'"), "0");
    assert_eq!((run.stdout.matches("BEGIN;").count(), run.stdout.matches("COMMIT;").count()), (1, 1), "{}", run.stdout);
    let script = format!("\\set role_password '\\'x\\''\n{}", run.stdout);
    database.psql(&script);
    let again = done(cli.args(["role", "create", "cli_printed", "--preset", "reader"]).run());
    assert_eq!(again.stdout, "cli_printed has everything already\n");
    // What everybody can write is said each time.
    assert!(again.stderr.contains("cli_printed can create temporary tables, as everybody can"), "{}", again.stderr);
}

#[test]
fn the_password_is_in_the_json_and_nowhere_else() {
    let (_, mut cli) = ground();
    let args = ["role", "create", "monitored_json", "--preset", "monitor", "--json", "--echo"];
    let run = done(cli.args(args).run());
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let password = value["data"]["password"].as_str().unwrap();
    assert_eq!(password.len(), 24);
    assert_eq!(run.stdout.matches(password).count(), 1);
    assert!(!run.stderr.contains(password) && !run.stderr.contains("SCRAM-SHA"), "{}", run.stderr);
    let roles = done(cli.args(["role", "list", "monitored_json", "--json"]).run());
    let value: serde_json::Value = serde_json::from_str(&roles.stdout).unwrap();
    assert_eq!(value["data"]["roles"][1]["member_of"][0], "pg_monitor");
}

#[test]
fn the_password_is_shown_where_the_look_behind_the_commit_fails() {
    let (database, mut cli) = ground();
    // The owner's REVOKE leaves in place what another granted.
    database.psql(
        "CREATE ROLE cli_grantor; GRANT INSERT ON device TO cli_grantor WITH GRANT OPTION; SET ROLE cli_grantor; \
         GRANT INSERT ON device TO PUBLIC",
    );
    let create = |name| ["role", "create", name, "--preset", "reader", "--close-public"];
    let run = cli.args(create("cli_lost")).run();
    assert_eq!(run.code, 6, "{}", run.snapshot());
    assert!(
        run.stderr.contains("it is still left to let no longer everybody write to public.device"),
        "{}",
        run.stderr
    );
    let password = run.stdout.lines().find_map(|line| line.strip_prefix("password  ")).expect("a password");
    assert_eq!(password.len(), 24);
    assert_eq!(database.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'cli_lost'"), "1");

    let run = cli.args([&create("cli_lost_json")[..], &["--json"]].concat()).run();
    assert_eq!(run.code, 6, "{}", run.snapshot());
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["data"]["password"].as_str().map(str::len), Some(24), "{}", run.stdout);
}

#[test]
fn what_is_wrong_is_told_with_what_to_type() {
    let (database, mut cli) = ground();
    database.psql("CREATE ROLE cli_keeper; CREATE TABLE kept (id int); ALTER TABLE kept OWNER TO cli_keeper");
    insta::assert_snapshot!(cli.args(["role", "drop", "cli_keeper", "--yes"]).run().snapshot());
    insta::assert_snapshot!(cli.args(["role", "grant", "cli_keepr", "--preset", "app"]).run().snapshot());
    insta::assert_snapshot!(cli.args(["role", "drop", "postgres", "--yes"]).run().snapshot());
    insta::assert_snapshot!(on_sqlite("CREATE TABLE t (id INTEGER);").args(["role", "list"]).run().snapshot());
}

#[test]
fn a_database_that_says_itself_that_it_is_production_wants_its_name() {
    let (database, mut cli) = ground();
    database.psql(
        "CREATE ROLE cli_marked; CREATE SCHEMA mainstay; CREATE TABLE mainstay.setting (name text PRIMARY KEY, value text); \
         INSERT INTO mainstay.setting VALUES ('environment', 'production')",
    );
    let refused = cli.args(["role", "drop", "cli_marked", "--yes"]).run();
    assert_eq!(refused.code, 5, "{}", refused.snapshot());
    assert!(
        refused.stderr.contains(&format!("hint: type its name to go on: --confirm {}", database.name())),
        "{}",
        refused.stderr
    );
    assert_eq!(database.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'cli_marked'"), "1");
    done(cli.args(["role", "drop", "cli_marked", "--confirm", database.name()]).run());
    assert_eq!(database.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'cli_marked'"), "0");
}
