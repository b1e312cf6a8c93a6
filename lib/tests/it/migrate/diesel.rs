//! What is particular to diesel's dialect.

use mainstay::ErrorKind;
use mainstay::migrate::Goal;
use mainstay::sql::Flavor;

use super::lab::{Lab, versions};

fn lab() -> Lab {
    let lab = Lab::new(Flavor::Postgres, "diesel");
    lab.write("00000000000000_diesel_initial_setup/up.sql", "CREATE TABLE one (a int);");
    lab.write("00000000000000_diesel_initial_setup/down.sql", "DROP TABLE one;");
    lab.write("2026-11-20-093000_index/up.sql", "CREATE INDEX CONCURRENTLY one_a ON one (a);");
    lab.write("2026-11-20-093000_index/down.sql", "DROP INDEX CONCURRENTLY one_a;");
    lab.write("2026-11-20-093000_index/metadata.toml", "run_in_transaction = false\n");
    lab.write(".diesel_lock", "");
    lab
}

#[tokio::test]
async fn versions_are_without_dashes_and_keep_their_zeros() {
    let mut lab = lab();
    lab.dialect = "auto";
    lab.up().await.expect("applies");
    let rows = "SELECT string_agg(version, ',' ORDER BY version) FROM __diesel_schema_migrations";
    assert_eq!(lab.cell(rows).await, "00000000000000,20261120093000");
    lab.go(Goal::DownSteps(1)).await.expect("goes back outside a transaction");
    assert_eq!(lab.cell(rows).await, "00000000000000");
}

#[tokio::test]
async fn a_table_that_diesel_made_is_gone_on_from() {
    let lab = lab();
    lab.query(
        "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL \
         DEFAULT CURRENT_TIMESTAMP); INSERT INTO __diesel_schema_migrations VALUES ('00000000000000'); CREATE TABLE one (a int)",
    )
    .await;
    assert_eq!(versions(&lab.up().await.expect("goes on")), ["20261120093000"]);
}

#[test]
fn new_folders_are_named_as_those_before() {
    let lab = lab();
    let created = mainstay::migrate::create(&lab.folder(), "two", "20261120103000").expect("writes");
    assert!(created.files[0].ends_with("2026-11-20-103000_two/up.sql"), "{created:?}");
    lab.write("2026-11-20-110000-0000_long/up.sql", "SELECT 1;");
    let created = mainstay::migrate::create(&lab.folder(), "three", "20261120113000").expect("writes");
    assert!(created.files[1].ends_with("2026-11-20-113000-0000_three/down.sql"), "{created:?}");
}

#[test]
fn a_wrong_metadata_file_has_a_place() {
    let lab = lab();
    for (text, expected) in
        [("run_in_transaction = \"no\"\n", "neither true nor false"), ("run_in_transaction =\n", "")]
    {
        lab.write("2026-11-20-093000_index/metadata.toml", text);
        let error = lab.try_folder().err().expect("refused");
        assert_eq!(error.kind(), ErrorKind::Source, "{error:?}");
        assert!(error.message().contains(expected), "{error:?}");
        assert!(error.place().is_some_and(|place| place.file.ends_with("metadata.toml")), "{error:?}");
    }
}
