//! What is particular to dbmate's dialect.

use mainstay::ErrorKind;
use mainstay::migrate::Goal;
use mainstay::sql::Flavor;

use super::lab::{Lab, versions};

#[tokio::test]
async fn each_block_has_its_own_transaction_rule() {
    let lab = Lab::new(Flavor::Postgres, "dbmate");
    lab.step(1, "one", "CREATE TABLE one (a int);", "DROP TABLE one;");
    lab.write(
        "2_index.sql",
        "-- a note\n\n-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY one_a ON one (a);\n\
         -- migrate:down transaction:false\nDROP INDEX CONCURRENTLY one_a;\n",
    );
    assert_eq!(versions(&lab.up().await.expect("applies")), ["1", "2"]);
    lab.go(Goal::DownSteps(1)).await.expect("goes back");
    assert_eq!(lab.cell("SELECT string_agg(version, ',') FROM schema_migrations").await, "1");
    lab.write("2_index.sql", "-- migrate:up\nCREATE INDEX CONCURRENTLY one_a ON one (a);\n-- migrate:down\n");
    let error = lab.up().await.expect_err("inside a transaction");
    assert!(error.hints().iter().any(|hint| hint.contains("transaction:false")), "{error:?}");
}

#[test]
fn blocks_that_are_not_there_or_upside_down() {
    let cases = [
        ("CREATE TABLE one (a int);\n", "no line `-- migrate:up`", 1),
        ("-- migrate:up\nSELECT 1;\n", "no line `-- migrate:down`", 1),
        ("-- migrate:down\n\n-- migrate:up\nSELECT 1;\n", "before `-- migrate:up`", 1),
        ("-- note\nSELECT 1;\n-- migrate:up\n-- migrate:down\n", "before `-- migrate:up`", 2),
    ];
    for (text, expected, line) in cases {
        let lab = Lab::new(Flavor::Sqlite, "dbmate");
        lab.write("1_one.sql", text);
        let error = lab.try_folder().err().expect("refused");
        assert!(error.message().contains(expected), "{error:?}");
        assert_eq!(error.place().map(|place| place.line), Some(line), "{error:?}");
    }
}

#[test]
fn auto_knows_the_marks() {
    let lab = Lab::new(Flavor::Sqlite, "auto");
    lab.write("1_one.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\n");
    assert_eq!(lab.folder().dialect.name(), "dbmate");
    lab.write("2_two.sql", "SELECT 1;\n");
    assert!(lab.try_folder().err().expect("sqlx's").message().contains("two dialects"));
}

#[tokio::test]
async fn a_table_of_another_program() {
    let lab = Lab::new(Flavor::Postgres, "dbmate");
    lab.step(1, "one", "CREATE TABLE one (a int);", "DROP TABLE one;");
    lab.query("CREATE TABLE schema_migrations (id int)").await;
    assert_eq!(lab.up().await.expect_err("no version").kind(), ErrorKind::Verification);
    lab.query("DROP TABLE schema_migrations; CREATE TABLE schema_migrations (version text)").await;
    lab.query("INSERT INTO schema_migrations VALUES ('1.2-beta')").await;
    let error = lab.up().await.expect_err("no version of dbmate's");
    assert!(error.message().contains("1.2-beta"), "{error:?}");
    lab.query(
        "DROP TABLE schema_migrations; CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean)",
    )
    .await;
    lab.query("INSERT INTO schema_migrations VALUES (1, false)").await;
    let error = lab.up().await.expect_err("one number for all");
    assert!(error.message().contains("golang-migrate"), "{error:?}");
}
