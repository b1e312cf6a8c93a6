//! What is particular to sqlx's dialect.

use mainstay::ErrorKind;
use mainstay::migrate::Problem;
use mainstay::sql::Flavor;

use super::lab::{Lab, versions};

/// SHA-384 of `CREATE TABLE one (a int);` as sqlx-cli 0.9.0 has written it.
const ONE: &str = "684c050a63e2122bf384077576314ad378b7a1c9302ee1d5bd6e50b2e6c63b3f31b9c3fcce36733fdcf1fda824913f78";

fn lab(flavor: Flavor) -> Lab {
    let lab = Lab::new(flavor, "sqlx");
    lab.step(1, "first_one", "CREATE TABLE one (a int);", "DROP TABLE one;");
    lab
}

#[tokio::test]
async fn the_row_is_as_sqlx_writes_it() {
    let lab = lab(Flavor::Postgres);
    lab.up().await.expect("applies");
    let row = "SELECT concat_ws('|', version, description, success, encode(checksum, 'hex'), execution_time > 0, \
               installed_on > now() - interval '1 min') FROM _sqlx_migrations";
    assert_eq!(lab.cell(row).await, format!("1|first one|t|{ONE}|t|t"));
    let lab = self::lab(Flavor::Sqlite);
    lab.up().await.expect("applies");
    let row = "SELECT version || '|' || description || '|' || success || '|' || lower(hex(checksum)) || '|' || \
               (execution_time > 0) || '|' || typeof(checksum) FROM _sqlx_migrations";
    assert_eq!(lab.cell(row).await, format!("1|first one|1|{ONE}|1|blob"));
}

#[tokio::test]
async fn simple_files_and_a_line_end_count() {
    let lab = Lab::new(Flavor::Postgres, "sqlx");
    lab.write("0001_one.sql", "CREATE TABLE one (a int);");
    assert_eq!(versions(&lab.up().await.expect("applies")), ["0001"]);
    lab.write("0001_one.sql", "CREATE TABLE one (a int);\r\n");
    let problems = lab.state().await.expect("reads").problems;
    assert!(matches!(problems.as_slice(), [Problem::Edited { .. }]), "{problems:?}");
    let created = mainstay::migrate::create(&lab.folder(), "two", "20261120093000").expect("writes");
    assert_eq!(created.files, [lab.dir().join("20261120093000_two.sql")], "the folder goes one way");
}

#[tokio::test]
async fn no_transaction_is_the_very_first_line() {
    let lab = lab(Flavor::Postgres);
    lab.write("2_index.up.sql", "-- no-transaction\nCREATE INDEX CONCURRENTLY one_a ON one (a);");
    lab.write("2_index.down.sql", "-- no-transaction\nDROP INDEX CONCURRENTLY one_a;");
    lab.up().await.expect("applies outside a transaction");
    assert_eq!(lab.cell("SELECT count(*) FROM _sqlx_migrations WHERE success").await, "2");
    lab.go(mainstay::migrate::Goal::DownSteps(1)).await.expect("goes back");
    assert_eq!(lab.cell("SELECT count(*) FROM _sqlx_migrations").await, "1");
    lab.write("2_index.up.sql", "\n-- no-transaction\nCREATE INDEX CONCURRENTLY one_a ON one (a);");
    let error = lab.up().await.expect_err("for sqlx, that is a comment");
    assert!(error.hints().iter().any(|hint| hint.contains("`-- no-transaction` the first line")), "{error:?}");
}

#[tokio::test]
async fn a_dirty_row_and_a_foreign_table_stop_everything() {
    let lab = lab(Flavor::Postgres);
    lab.up().await.expect("applies");
    lab.query("UPDATE _sqlx_migrations SET success = false").await;
    let error = lab.up().await.expect_err("dirty");
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert!(error.message().contains("1_first_one"), "{error:?}");
    assert!(error.hints().iter().any(|hint| hint.contains("--forget 1")), "{error:?}");

    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        let lab = self::lab(flavor);
        lab.query("CREATE TABLE _sqlx_migrations (id int, note text)").await;
        let error = lab.up().await.expect_err("another program's");
        assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
        assert!(error.message().contains("_sqlx_migrations"), "{error:?}");
    }
}
