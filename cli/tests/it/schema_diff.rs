//! `mainstay schema diff`.

use mainstay_testing::{Cli, TestDatabase, server};

use crate::on_database;

const NOW: &str = "CREATE TABLE device (id int PRIMARY KEY, name text); CREATE TABLE old (id int);";
const WANTED: &str = "\
CREATE VIEW named AS SELECT name FROM device WHERE name <> '';
CREATE TABLE device (id int PRIMARY KEY, name text NOT NULL);
";

/// A project whose database has had its one migration, and whose `schema.sql` wants more.
fn project() -> (TestDatabase, Cli) {
    let database = server().database();
    let mut cli = on_database(&database);
    cli.file("migrations/20260101000000_start.up.sql", NOW).file("schema.sql", WANTED);
    let run = cli.args(["prepare"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    (database, cli)
}

#[test]
fn the_plan_as_sql_is_what_psql_runs() {
    let (database, mut cli) = project();
    let run = cli.args(["schema", "diff", "database", "schema.sql", "--exit-code"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 10
    --- stdout
    -- change table public.old and 1 more
    -- hazard: deletes-data: drops table public.old
    -- locks public.old: access exclusive (blocks reads and writes)
    BEGIN;
    SET LOCAL lock_timeout = '[took]';
    DROP TABLE public.old;
    CREATE VIEW public.named AS
     SELECT device.name
       FROM public.device
      WHERE (device.name <> ''::text);
    COMMIT;

    -- change column public.device.name
    -- locks public.device: access exclusive (blocks reads and writes)
    SET lock_timeout = '[took]';
    ALTER TABLE public.device ADD CONSTRAINT name__not_null CHECK ((name IS NOT NULL)) NOT VALID;
    RESET lock_timeout;

    -- change column public.device.name
    -- hazard: fails-on-rows: fails where name in public.device is NULL
    SET lock_timeout = '[took]';
    ALTER TABLE public.device VALIDATE CONSTRAINT name__not_null;
    RESET lock_timeout;

    -- change column public.device.name
    -- locks public.device: access exclusive (blocks reads and writes)
    SET lock_timeout = '[took]';
    ALTER TABLE public.device ALTER COLUMN name SET NOT NULL;
    RESET lock_timeout;

    -- change column public.device.name
    -- locks public.device: access exclusive (blocks reads and writes)
    SET lock_timeout = '[took]';
    ALTER TABLE public.device DROP CONSTRAINT name__not_null;
    RESET lock_timeout;
    --- stderr
    target [database] at [socket]:5432 as postgres
    warning: this deletes data (deletes-data): drops table public.old
    ");
    database.psql(&run.stdout);
    let run = cli.args(["schema", "diff", "database", "schema.sql", "--exit-code"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 0
    --- stdout
    -- no differences
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
}

#[test]
fn offline_is_one_plain_statement_for_each_thing() {
    let (_database, mut cli) = project();
    cli.file(
        "schema.sql",
        "CREATE TABLE device (id int PRIMARY KEY, name text NOT NULL); CREATE TABLE old (id int);
         CREATE INDEX names ON device (name);",
    );
    let run = cli.args(["schema", "diff", "database", "schema.sql", "--offline"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 0
    --- stdout
    -- change column public.device.name and 1 more
    -- hazard: blocks-writes: blocks writes to public.device while column name is looked through for NULL
    -- hazard: fails-on-rows: fails where name in public.device is NULL
    -- hazard: blocks-writes: blocks writes to public.device while index names is built
    -- locks public.device: access exclusive (blocks reads and writes), scans
    BEGIN;
    SET LOCAL lock_timeout = '[took]';
    ALTER TABLE public.device ALTER COLUMN name SET NOT NULL;
    CREATE INDEX names ON public.device USING btree (name);
    COMMIT;
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    let run = cli.args(["schema", "diff", "database", "schema.sql"]).run();
    assert!(run.stdout.contains("CREATE INDEX CONCURRENTLY names ON public.device"), "{run:?}");
}

#[test]
fn as_text_as_json_and_to_a_file() {
    let (_database, mut cli) = project();
    let run = cli.args(["schema", "diff", "migrations", "schema.sql", "--format", "text"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 0
    --- stdout
    1. one transaction, 2 statements
       DROP TABLE public.old
         hazard: deletes-data: drops table public.old
         locks public.old: access exclusive (blocks reads and writes)
       CREATE VIEW public.named AS SELECT device.name FROM public.device WHERE (device.name <> ''::text)
    2. outside a transaction, 1 statement
       ALTER TABLE public.device ADD CONSTRAINT name__not_null CHECK ((name IS NOT NULL)) NOT VALID
         locks public.device: access exclusive (blocks reads and writes)
    3. outside a transaction, 1 statement
       ALTER TABLE public.device VALIDATE CONSTRAINT name__not_null
         hazard: fails-on-rows: fails where name in public.device is NULL
    4. outside a transaction, 1 statement
       ALTER TABLE public.device ALTER COLUMN name SET NOT NULL
         locks public.device: access exclusive (blocks reads and writes)
    5. outside a transaction, 1 statement
       ALTER TABLE public.device DROP CONSTRAINT name__not_null
         locks public.device: access exclusive (blocks reads and writes)
    --- stderr
    warning: this deletes data (deletes-data): drops table public.old
    ");
    let run = cli.args(["schema", "diff", "migrations", "schema.sql", "--format", "text", "--allow", "all"]).run();
    assert!(run.stdout.contains("drops table public.old (allowed)") && run.stderr.is_empty(), "{run:?}");

    let run = cli.args(["schema", "diff", "migrations", "schema.sql", "--json"]).run();
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["data"]["different"], true);
    assert_eq!(json["data"]["plan"]["steps"][0]["action"]["statements"][0], "DROP TABLE public.old");
    assert_eq!(json["data"]["plan"]["steps"][0]["risks"][0]["hazard"], "deletes-data");
    let same = cli.args(["schema", "diff", "migrations", "schema.sql", "--format", "json"]).run();
    assert_eq!(same.stdout, run.stdout);

    let run = cli.args(["schema", "diff", "migrations", "schema.sql", "-o", "change.sql", "--exit-code"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (10, "wrote change.sql\n"), "{run:?}");
    let written = std::fs::read_to_string(cli.project().join("change.sql")).unwrap();
    assert!(written.contains("DROP TABLE public.old;"), "{written}");
    let run = cli.args(["schema", "diff", "migrations", "schema.sql", "-o", "change.sql"]).run();
    assert_eq!(run.code, 5, "{run:?}");
}

#[test]
fn drift_of_the_database_is_what_its_ledger_does_not_produce() {
    let (database, mut cli) = project();
    insta::assert_snapshot!(cli.args(["schema", "diff", "ledger", "database", "--exit-code"]).run().snapshot(), @"
    exit: 0
    --- stdout
    -- no differences
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    database.psql("ALTER TABLE device ADD by_hand int; CREATE TABLE schema_migrations (version text)");
    insta::assert_snapshot!(cli.args(["schema", "diff", "ledger", "database", "--exit-code"]).run().snapshot(), @"
    exit: 10
    --- stdout
    -- change column public.device.by_hand
    -- locks public.device: access exclusive (blocks reads and writes)
    BEGIN;
    SET LOCAL lock_timeout = '[took]';
    ALTER TABLE public.device ADD COLUMN by_hand integer;
    COMMIT;
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
}

#[test]
fn functions_whose_bodies_name_what_comes_later() {
    let (database, mut cli) = project();
    let function = "CREATE FUNCTION a_first() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM zz_later';";
    cli.file("schema.sql", &format!("{function} CREATE TABLE zz_later (line text);"));
    // A file is loaded in any order, and the plan must be as patient.
    let run = cli.args(["schema", "diff", "database", "schema.sql"]).run();
    assert!(run.stdout.contains("\nSET LOCAL check_function_bodies = off;\n"), "{run:?}");
    database.psql(&run.stdout);
    let run = cli.args(["schema", "diff", "database", "schema.sql", "--exit-code"]).run();
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn what_no_plan_can_know_is_named_and_refused_where_asked() {
    let (_database, mut cli) = project();
    let run = cli.args(["schema", "dump", "migrations", "--json", "-o", "now.json"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let text = std::fs::read_to_string(cli.project().join("now.json")).unwrap();
    let mut snapshot: serde_json::Value = serde_json::from_str(&text).unwrap();
    snapshot["catalog"]["unclaimed"] = serde_json::json!([{"kind": "unknown", "name": "gadget public.cog"}]);
    cli.file("odd.json", &snapshot.to_string());
    insta::assert_snapshot!(cli.args(["schema", "diff", "now.json", "odd.json"]).run().snapshot(), @"
    exit: 0
    --- stdout
    -- no differences
    --- stderr
    warning: of a kind that cannot be planned: gadget public.cog
    ");
    insta::assert_snapshot!(cli.args(["schema", "diff", "now.json", "odd.json", "--strict"]).run().snapshot(), @"
    exit: 5
    --- stdout
    --- stderr
    error: of a kind that cannot be planned: gadget public.cog
    hint: compare them by hand, then go on without --strict
    ");
}

#[test]
fn what_cannot_be_compared() {
    let (_database, mut cli) = project();
    cli.file("broken.sql", "CREATE TABLE device (id int);\nCREATE VIEW v AS SELECT name FROM device;");
    cli.file("walt.db", "");
    let mut check = |from: &str, to: &str| cli.args(["schema", "diff", from, to]).run().snapshot();
    insta::assert_snapshot!(check("migrations", "broken.sql"), @r#"
    exit: 3
    --- stdout
    --- stderr
    error: broken.sql does not load
     --> broken.sql:2:25
    2 | CREATE VIEW v AS SELECT name FROM device;
      |                         ^
    caused by: column "name" does not exist
    SQLSTATE: 42703
    hint: mend broken.sql, then try again
    "#);
    insta::assert_snapshot!(check("migrations", "missing.sql"), @"
    exit: 1
    --- stdout
    --- stderr
    error: cannot read missing.sql
    caused by: No such file or directory (os error 2)
    hint: the files beside it: ls -l .
    ");
    insta::assert_snapshot!(check("leger", "schema.sql"), @"
    exit: 2
    --- stdout
    --- stderr
    error: `leger` is neither a target, nor a URL, nor a file or folder that is there
    hint: did you mean `ledger`?
    ");
    insta::assert_snapshot!(check("migrations", "sqlite:walt.db"), @"
    exit: 2
    --- stdout
    --- stderr
    target walt.db
    error: one state is of PostgreSQL, the other of SQLite
    hint: name two states of one engine; a file of SQL is read for the project's: mainstay conn show
    ");
    let run = cli.args(["schema", "diff", "migrations", "schema.sql", "--allow", "delete-data"]).run();
    assert_eq!(run.code, 2, "{run:?}");
}

/// The service's login and its readers stand in mainstay.toml, one for the accounts was made by hand: no file has ever heard of
/// them.
#[test]
fn what_others_were_granted_is_none_of_the_files_business() {
    let database = server().database();
    let mut cli = on_database(&database);
    cli.file(
        "mainstay.toml",
        "[database]\nowner = \"grants_owner\"\napp = \"grants_app\"\nreaders = [\"grants_reader\"]\n",
    );
    cli.file("migrations/20260101000000_start.up.sql", "CREATE TABLE vms (id int PRIMARY KEY);");
    cli.file("schema.sql", "CREATE TABLE vms (id int PRIMARY KEY, name text);");
    database.psql("CREATE ROLE grants_owner; CREATE ROLE grants_app LOGIN; CREATE ROLE grants_reader LOGIN");
    database.psql(&format!("ALTER DATABASE {} OWNER TO grants_owner", database.name()));
    let prepared = cli.args(["prepare"]).run();
    assert_eq!(prepared.code, 0, "{prepared:?}");
    let created = cli.args(["role", "create", "grants_accounts", "--preset", "reader", "--close-public"]).run();
    assert_eq!(created.code, 0, "{created:?}");

    let verified = cli.args(["migrate", "verify"]).run();
    assert_eq!(verified.code, 0, "{verified:?}");
    let same = cli.args(["schema", "diff", "ledger", "database", "--exit-code"]).run();
    assert_eq!(same.code, 0, "{same:?}");
    let planned = cli.args(["schema", "diff", "database", "schema.sql", "--format", "json", "-o", "plan.json"]).run();
    assert_eq!(planned.code, 0, "{planned:?}");
    let plan = std::fs::read_to_string(cli.project().join("plan.json")).unwrap();
    assert!(plan.contains("ADD COLUMN name") && !plan.contains("REVOKE"), "{plan}");
    let applied = cli.args(["schema", "apply", "plan.json"]).run();
    assert_eq!(applied.code, 0, "{applied:?}");
    for role in ["grants_app", "grants_reader", "grants_accounts"] {
        let may = format!("SELECT has_table_privilege('{role}', 'vms', 'SELECT')");
        assert_eq!(database.psql(&may).trim(), "t", "{role}");
    }

    // One that the files do speak of is theirs.
    let spoken = "CREATE TABLE vms (id int PRIMARY KEY, name text); GRANT INSERT ON vms TO grants_accounts;";
    cli.file("schema.sql", spoken);
    let planned = cli.args(["schema", "diff", "database", "schema.sql"]).run();
    let text = &planned.stdout;
    assert!(text.contains("REVOKE SELECT") && text.contains("grants_accounts"), "{planned:?}");
    assert!(!text.contains("grants_app") && !text.contains("grants_reader"), "{planned:?}");
}
