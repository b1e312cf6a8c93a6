//! What is particular to Flyway's dialect. Tables and sums are made here as its documentation and its users' dumps have them.

use mainstay::ErrorKind;
use mainstay::migrate::Problem;
use mainstay::sql::Flavor;

use super::lab::{Lab, versions};

fn lab(flavor: Flavor) -> Lab {
    let lab = Lab::new(flavor, "flyway");
    lab.write("V1__first_one.sql", "CREATE TABLE one (a int);\r\nCREATE INDEX one_a ON one (a);\r\n");
    lab.write("V1_1__more.sql", "CREATE TABLE more (a int);");
    lab.write("R__view.sql", "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT 1 AS one;");
    lab
}

#[tokio::test]
async fn rows_are_as_flyway_writes_them() {
    // zlib's crc32 of the text without its line ends is 700292303.
    let rows = "SELECT installed_rank || '|' || COALESCE(version, '-') || '|' || description || '|' || type || '|' || script \
                || '|' || checksum FROM flyway_schema_history ORDER BY installed_rank";
    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        let lab = lab(flavor);
        assert_eq!(versions(&lab.up().await.expect("applies")), ["1", "1.1", "R__view"]);
        let found: Vec<String> = lab.query(rows).await.into_iter().filter_map(|mut row| row.remove(0)).collect();
        assert_eq!(found[0], "1|1|first one|SQL|V1__first_one.sql|700292303");
        assert!(found[2].starts_with("3|-|view|SQL|R__view.sql|"), "{found:?}");
        assert!(lab.state().await.expect("reads").pending.is_empty());
    }
}

#[tokio::test]
async fn a_repeatable_one_runs_again_when_it_has_changed() {
    let lab = lab(Flavor::Postgres);
    lab.up().await.expect("applies");
    lab.write("R__view.sql", "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT 2 AS one;");
    lab.write("V2__late.sql", "CREATE TABLE late (a int);");
    assert_eq!(versions(&lab.up().await.expect("applies")), ["2", "R__view"], "versions first");
    assert_eq!(lab.cell("SELECT one FROM v").await, "2");
    assert_eq!(lab.cell("SELECT count(*) FROM flyway_schema_history WHERE version IS NULL").await, "2");
    assert!(lab.state().await.expect("reads").pending.is_empty());
}

#[tokio::test]
async fn a_sum_that_does_not_match_stops_everything_but_line_ends_do_not_count() {
    let lab = lab(Flavor::Postgres);
    lab.up().await.expect("applies");
    lab.write("V1__first_one.sql", "CREATE TABLE one (a int);\nCREATE INDEX one_a ON one (a);\n");
    assert!(lab.state().await.expect("reads").problems.is_empty());
    lab.write("V1__first_one.sql", "CREATE TABLE one (a bigint);");
    let error = lab.up().await.expect_err("edited");
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert!(error.message().contains("700292303 then"), "{error:?}");
    lab.query("UPDATE flyway_schema_history SET success = false WHERE version = '1.1'").await;
    let problems = lab.state().await.expect("reads").problems;
    assert!(problems.iter().any(|problem| matches!(problem, Problem::Dirty { .. })), "{problems:?}");
}

#[tokio::test]
async fn a_table_that_flyway_made_with_a_baseline_is_gone_on_from() {
    let lab = lab(Flavor::Postgres);
    lab.query(
        "CREATE TABLE \"flyway_schema_history\" (\"installed_rank\" INT NOT NULL, \"version\" VARCHAR(50), \"description\" \
         VARCHAR(200) NOT NULL, \"type\" VARCHAR(20) NOT NULL, \"script\" VARCHAR(1000) NOT NULL, \"checksum\" INTEGER, \
         \"installed_by\" VARCHAR(100) NOT NULL, \"installed_on\" TIMESTAMP NOT NULL DEFAULT now(), \"execution_time\" \
         INTEGER NOT NULL, \"success\" BOOLEAN NOT NULL); \
         INSERT INTO flyway_schema_history VALUES (1, '1', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', NULL, \
         'postgres', now(), 0, true)",
    )
    .await;
    let mut auto = lab;
    auto.dialect = "auto";
    assert_eq!(versions(&auto.up().await.expect("goes on")), ["1.1", "R__view"]);
}

#[tokio::test]
async fn concurrently_has_a_file_of_its_own() {
    let lab = lab(Flavor::Postgres);
    lab.write("V2__index.sql", "CREATE INDEX CONCURRENTLY one_b ON one (a);");
    lab.up().await.expect("applies outside a transaction");
    lab.write("V3__mixed.sql", "CREATE TABLE three (a int);\nDROP INDEX CONCURRENTLY one_b;");
    let error = lab.try_folder().err().expect("mixed");
    assert_eq!(error.place().map(|place| place.line), Some(2), "{error:?}");
    lab.write("V3__mixed.sql", "SELECT '${owner}';");
    assert!(lab.try_folder().err().expect("a placeholder").message().contains("placeholder"));
}

#[tokio::test]
async fn files_that_could_be_refinerys_are_asked_about() {
    let lab = Lab::new(Flavor::Sqlite, "auto");
    lab.write("V1__one.sql", "CREATE TABLE one (a int);");
    let error = lab.up().await.expect_err("whose?");
    assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    assert!(error.message().contains("refinery or flyway"), "{error:?}");
}
