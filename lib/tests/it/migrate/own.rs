//! What is particular to Mainstay's own dialect.

use mainstay::ErrorKind;
use mainstay::dialect::Version;
use mainstay::engine::Session;
use mainstay::migrate::{Goal, Migrator, Problem, RepairRequest};
use mainstay::sql::Flavor;

use super::lab::{Lab, versions};

fn lab() -> Lab {
    let lab = Lab::new(Flavor::Postgres, "mainstay");
    lab.step(10, "one", "CREATE TABLE one (a int);", "DROP TABLE one;");
    lab.step(20, "two", "CREATE TABLE two (a int);", "DROP TABLE two;");
    lab
}

#[tokio::test]
async fn the_ledger_says_who_and_when_and_the_journal_too() {
    let lab = lab();
    lab.up().await.expect("applies");
    let ledger = lab
        .query("SELECT version, name, checksum LIKE 'b3:%', applied_at > now() - interval '1 min', duration > 0, applied_by, state \
                FROM mainstay.migration ORDER BY version")
        .await;
    let row = |version: &str, name: &str| {
        [version, name, "t", "t", "t", "postgres", "applied"].map(|cell| Some(cell.to_owned())).to_vec()
    };
    assert_eq!(ledger, [row("10", "one"), row("20", "two")]);
    assert_eq!(
        lab.cell("SELECT concat_ws('|', action, detail, host, result) FROM mainstay.journal").await,
        "migrate up|10 20|lab|ok"
    );
}

#[tokio::test]
async fn line_ends_are_no_edit_but_words_are_and_repair_says_why() {
    let lab = lab();
    lab.up().await.expect("applies");
    lab.write("10_one.up.sql", "-- a comment\r\nCREATE TABLE one (a int);  \r\n");
    assert!(lab.state().await.expect("reads").problems.is_empty());
    lab.write("10_one.up.sql", "CREATE TABLE one (a bigint);");
    lab.step(30, "three", "CREATE TABLE three (a int);", "DROP TABLE three;");
    let error = lab.up().await.expect_err("edited");
    assert_eq!(error.kind(), ErrorKind::Verification);
    assert!(error.message().contains("10_one.up.sql"), "{error:?}");
    assert!(!lab.has_table("three").await, "nothing runs");

    let (mut session, folder) = (lab.session().await, lab.folder());
    let mut migrator = Migrator::new(session.as_mut(), &folder, &lab.rules, lab.observer.clone());
    let state = migrator.state().await.expect("reads");
    let repair = migrator.plan_repair(&state, &RepairRequest::default()).expect("plans");
    assert_eq!(repair.plan.steps.len(), 1);
    assert!(repair.reasons[0].contains("was edited after it was applied"), "{repair:?}");
    migrator.apply_repair(&repair).await.expect("repairs");
    assert_eq!(versions(&lab.up().await.expect("goes on")), ["30"]);
}

#[tokio::test]
async fn missing_and_out_of_order_are_reported_by_name() {
    let mut lab = lab();
    lab.up().await.expect("applies");
    std::fs::remove_file(lab.dir().join("10_one.up.sql")).expect("removes");
    std::fs::remove_file(lab.dir().join("10_one.down.sql")).expect("removes");
    lab.step(15, "late", "CREATE TABLE late (a int);", "DROP TABLE late;");
    let problems = lab.state().await.expect("reads").problems;
    assert!(
        matches!(problems.as_slice(), [Problem::Missing { name, .. }, Problem::OutOfOrder { file, .. }]
            if name == "one" && file.ends_with("15_late.up.sql")),
        "{problems:?}"
    );
    let error = lab.up().await.expect_err("refuses");
    assert!(error.message().contains("10_one"), "{error:?}");
    assert!(error.causes().iter().any(|cause| cause.contains("15_late")), "{error:?}");

    let (mut session, folder) = (lab.session().await, lab.folder());
    let mut migrator = Migrator::new(session.as_mut(), &folder, &lab.rules, lab.observer.clone());
    let state = migrator.state().await.expect("reads");
    let repair = migrator.plan_repair(&state, &RepairRequest { forget: vec![Version::new("10")] }).expect("plans");
    migrator.apply_repair(&repair).await.expect("forgets");
    lab.rules.out_of_order = true;
    assert_eq!(versions(&lab.up().await.expect("applies")), ["15"]);
    assert!(lab.has_table("one").await, "forgetting touches no table");
}

#[tokio::test]
async fn requires_is_checked_before_anything_runs() {
    let lab = lab();
    lab.step(30, "three", "-- mainstay: requires 25\nCREATE TABLE three (a int);", "DROP TABLE three;");
    let error = lab.up().await.expect_err("25 is not there");
    assert!(error.message().contains("requires version 25"), "{error:?}");
    assert!(!lab.has_table("one").await);
    lab.step(25, "needed", "CREATE TABLE needed (a int);", "DROP TABLE needed;");
    lab.up().await.expect("now it is");
}

#[tokio::test]
async fn a_script_that_changes_settings_does_not_touch_the_next_one() {
    let lab = lab();
    lab.step(
        5,
        "dumped",
        "SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE public.dumped (a int);",
        "",
    );
    lab.up().await.expect("10 and 20 find the schema public again");
    assert!(lab.has_table("public.one").await);
}

#[tokio::test]
async fn copy_blocks_and_functions_run_as_they_stand() {
    let lab = lab();
    lab.step(
        30,
        "rows",
        "COPY one (a) FROM stdin;\n1\n2\n\\N\n\\.\nCREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;\n\
         CREATE FUNCTION g() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;\nINSERT INTO two SELECT g();",
        "DROP FUNCTION f; DROP FUNCTION g;",
    );
    lab.up().await.expect("applies");
    assert_eq!(lab.cell("SELECT count(*) || ' ' || sum(a) FROM one").await, "3 3");
    assert_eq!(lab.cell("SELECT a FROM two").await, "2");
}

#[tokio::test]
async fn a_lock_held_by_another_is_waited_for_in_short_turns() {
    let lab = lab();
    lab.up().await.expect("applies");
    lab.step(30, "alter", "ALTER TABLE one ADD COLUMN b int;", "ALTER TABLE one DROP COLUMN b;");
    let mut holder = lab.session().await;
    holder.query("BEGIN; LOCK TABLE one IN ACCESS SHARE MODE; SELECT 1").await.expect("holds");
    let release = async {
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        holder.query("COMMIT").await.expect("lets go");
    };
    let (report, ()) = tokio::join!(lab.up(), release);
    assert_eq!(versions(&report.expect("applies in the end")), ["30"]);
}

#[tokio::test]
async fn a_lock_that_never_goes_ends_with_an_error_that_changes_nothing() {
    let mut lab = lab();
    lab.up().await.expect("applies");
    lab.rules.lock_patience = std::time::Duration::from_millis(300);
    lab.step(30, "alter", "ALTER TABLE one ADD COLUMN b int;", "ALTER TABLE one DROP COLUMN b;");
    let mut holder = lab.session().await;
    holder.query("BEGIN; LOCK TABLE one IN ACCESS SHARE MODE; SELECT 1").await.expect("holds");
    let error = lab.up().await.expect_err("gives up");
    assert_eq!(error.sqlstate(), Some("55P03"), "{error:?}");
    assert_eq!(lab.state().await.expect("reads").version(), Some(&Version::new("20")));
}

#[tokio::test]
async fn concurrent_index_needs_the_directive_and_then_works() {
    let lab = lab();
    lab.step(30, "index", "CREATE INDEX CONCURRENTLY one_a ON one (a);", "DROP INDEX one_a;");
    let error = lab.up().await.expect_err("inside a transaction");
    assert!(error.hints().iter().any(|hint| hint.contains("-- mainstay: no-transaction")), "{error:?}");
    lab.write("30_index.up.sql", "-- mainstay: no-transaction\nCREATE INDEX CONCURRENTLY one_a ON one (a);\n");
    lab.up().await.expect("applies");
    assert_eq!(lab.cell("SELECT indisvalid FROM pg_index WHERE indexrelid = 'one_a'::regclass").await, "t");
}

#[tokio::test]
async fn an_invalid_index_is_found_and_rebuilt_and_done_statements_are_not_repeated() {
    let lab = lab();
    lab.up().await.expect("applies");
    lab.query("INSERT INTO one VALUES (1), (1)").await;
    lab.step(
        30,
        "unique",
        "-- mainstay: no-transaction\nCREATE TABLE once (a int);\nCREATE UNIQUE INDEX CONCURRENTLY one_a ON one (a);",
        "DROP INDEX one_a; DROP TABLE once;",
    );
    let error = lab.up().await.expect_err("the rows are not unique");
    assert_eq!(error.sqlstate(), Some("23505"), "{error:?}");
    assert_eq!(lab.cell("SELECT indisvalid FROM pg_index WHERE indexrelid = 'one_a'::regclass").await, "f");
    assert_eq!(lab.cell("SELECT state FROM mainstay.migration WHERE version = '30'").await, "partial 1");
    assert_eq!(lab.state().await.expect("reads").version(), Some(&Version::new("20")));

    lab.query("DELETE FROM one WHERE ctid = (SELECT min(ctid) FROM one)").await;
    assert_eq!(versions(&lab.up().await.expect("goes on from statement 2")), ["30"]);
    assert_eq!(lab.cell("SELECT indisvalid FROM pg_index WHERE indexrelid = 'one_a'::regclass").await, "t");
    assert_eq!(lab.cell("SELECT state FROM mainstay.migration WHERE version = '30'").await, "applied");
}

#[tokio::test]
async fn statements_that_ran_outside_a_transaction_must_not_be_edited_afterwards() {
    let lab = lab();
    lab.step(30, "odd", "-- mainstay: no-transaction\nCREATE TABLE odd (a int);\nSELECT 1/0;", "DROP TABLE odd;");
    lab.up().await.expect_err("divides by zero");
    lab.write("30_odd.up.sql", "-- mainstay: no-transaction\nCREATE TABLE odd (a bigint);\nSELECT 1;");
    let error = lab.up().await.expect_err("statement 1 was edited");
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    lab.write("30_odd.up.sql", "-- mainstay: no-transaction\nCREATE TABLE odd (a int);\nSELECT 1;");
    lab.up().await.expect("the failed statement may be mended");
}

#[tokio::test]
async fn another_tools_database_is_not_started_from_zero() {
    let lab = lab();
    lab.query("CREATE TABLE alembic_version (version_num varchar(32))").await;
    let error = lab.up().await.expect_err("Alembic keeps it");
    assert_eq!(error.kind(), ErrorKind::Verification);
    assert!(error.message().contains("Alembic"), "{error:?}");
    assert!(!lab.has_table("one").await);
}

#[tokio::test]
async fn a_ledger_of_a_newer_format_is_refused() {
    let lab = lab();
    lab.up().await.expect("applies");
    lab.query("UPDATE mainstay.setting SET value = '99' WHERE name = 'format'").await;
    assert_eq!(lab.plan(Goal::Up).await.expect_err("newer").kind(), ErrorKind::Verification);
}

#[tokio::test]
async fn the_lock_is_given_back_on_every_path() {
    let lab = lab();
    lab.step(30, "broken", "SELECT 1/0;", "");
    lab.up().await.expect_err("fails");
    let mut session: Box<dyn Session> = lab.session().await;
    assert!(session.try_lock(mainstay::migrate::LOCK).await.expect("asks"), "free after a failure");
}

#[test]
fn a_folder_of_two_dialects_is_refused() {
    let lab = Lab::new(Flavor::Sqlite, "auto");
    lab.write("1_one.up.sql", "SELECT 1;");
    lab.write("01_up_one.sql", "SELECT 1;");
    let error = lab.try_folder().err().expect("two dialects");
    assert!(error.message().contains("two dialects"), "{error:?}");
}

#[tokio::test]
async fn one_folder_serves_both_engines() {
    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        let lab = Lab::new(flavor, "mainstay");
        lab.write("10_hosts.postgres.up.sql", "CREATE TABLE hosts (id int GENERATED ALWAYS AS IDENTITY, name text);");
        lab.write("10_hosts.sqlite.up.sql", "CREATE TABLE hosts (id integer PRIMARY KEY AUTOINCREMENT, name text);");
        lab.write("10_hosts.down.sql", "DROP TABLE hosts;");
        lab.write("20_name.up.sql", "CREATE UNIQUE INDEX hosts_name ON hosts (name);");
        // The general one, and another for one engine alone.
        lab.write("30_fill.up.sql", "INSERT INTO hosts (name) VALUES ('general');");
        lab.write("30_fill.sqlite.up.sql", "INSERT INTO hosts (name) VALUES ('special');");
        // Nothing to do elsewhere.
        lab.write("40_analyse.postgres.up.sql", "ANALYZE hosts;");
        let applied = lab.up().await.expect("applies");
        let (filled, all) = match flavor {
            Flavor::Postgres => ("general", &["10", "20", "30", "40"][..]),
            Flavor::Sqlite => ("special", &["10", "20", "30"][..]),
        };
        assert_eq!(versions(&applied), all);
        assert_eq!(lab.cell("SELECT id || name FROM hosts").await, format!("1{filled}"));
        assert!(lab.state().await.expect("reads").problems.is_empty());
    }
}

#[tokio::test]
async fn files_for_one_engine_are_held_to_the_same_order() {
    let lab = Lab::new(Flavor::Sqlite, "mainstay");
    lab.write("10_hosts.sqlite.up.sql", "SELECT 1;");
    lab.write("10_nodes.up.sql", "SELECT 1;");
    let error = lab.up().await.expect_err("twice");
    assert!(error.message().starts_with("version 10 is there twice: "), "{error:?}");

    let lab = Lab::new(Flavor::Sqlite, "mainstay");
    lab.write("10_hosts.postgres.up.sql", "SELECT 1;");
    lab.write("10_hosts.down.sql", "SELECT 1;");
    let error = lab.up().await.expect_err("a way back from nothing");
    assert!(error.message().ends_with("10_hosts.down.sql has no 10_hosts.up.sql beside it"), "{error:?}");
}
