//! Folders that look like several dialects': the ledger in the database tells whose they are.

use mainstay::ErrorKind;
use mainstay::migrate::Migrator;
use mainstay::sql::Flavor;

use super::lab::{Lab, versions};

fn lab(flavor: Flavor) -> Lab {
    let mut lab = Lab::new(flavor, "auto");
    lab.dialect = "auto";
    lab.step(1, "one", "CREATE TABLE one (a int);", "DROP TABLE one;");
    lab.step(2, "two", "CREATE TABLE two (a int);", "DROP TABLE two;");
    lab
}

#[tokio::test]
async fn without_a_ledger_the_files_are_mainstays() {
    let lab = lab(Flavor::Postgres);
    lab.up().await.expect("applies");
    assert_eq!(lab.cell("SELECT count(*) FROM mainstay.migration").await, "2");
}

#[tokio::test]
async fn the_table_found_decides_every_time() {
    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        for (dialect, version) in [
            ("sqlx", "SELECT max(version) FROM _sqlx_migrations"),
            ("golang-migrate", "SELECT version FROM schema_migrations"),
        ] {
            let mut lab = lab(flavor);
            lab.dialect = dialect;
            lab.rules.to = Some(mainstay::dialect::Version::new("1"));
            lab.up().await.expect("applies");
            lab.rules.to = None;
            lab.dialect = "auto";
            assert_eq!(versions(&lab.up().await.expect("goes on")), ["2"], "{dialect}");
            assert!(lab.state().await.expect("reads").pending.is_empty(), "Mainstay's own empty table decides nothing");
            assert!(lab.has_table("two").await);
            assert_eq!(lab.cell(version).await, "2", "{dialect}");
        }
    }
}

#[tokio::test]
async fn the_folder_is_read_once_for_all_migrators() {
    let mut lab = lab(Flavor::Sqlite);
    lab.dialect = "sqlx";
    lab.up().await.expect("applies");
    lab.dialect = "auto";
    let (mut session, folder) = (lab.session().await, lab.folder());
    for _ in 0..2 {
        let mut migrator = Migrator::new(session.as_mut(), &folder, &lab.rules, lab.observer.clone());
        assert!(migrator.state().await.expect("reads").pending.is_empty());
    }
}

#[tokio::test]
async fn two_ledgers_are_not_chosen_between() {
    let mut lab = lab(Flavor::Postgres);
    lab.dialect = "golang-migrate";
    lab.up().await.expect("applies");
    lab.query("CREATE TABLE _sqlx_migrations (version bigint)").await;
    lab.dialect = "auto";
    let error = lab.up().await.expect_err("two of them");
    assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    assert!(error.hints()[0].contains("dialect = \"golang-migrate\""), "{error:?}");
}

#[tokio::test]
async fn another_tools_table_is_not_started_over() {
    let lab = lab(Flavor::Postgres);
    lab.query("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)").await;
    let error = lab.up().await.expect_err("Alembic's");
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert!(error.message().contains("Alembic"), "{error:?}");
}
