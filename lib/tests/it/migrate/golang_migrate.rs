//! What is particular to golang-migrate's dialect. The table is made here as its documentation and its users' dumps have it.

use mainstay::ErrorKind;
use mainstay::dialect::Version;
use mainstay::migrate::{Goal, Migrator, RepairRequest};
use mainstay::sql::Flavor;

use super::lab::{Lab, versions};

const LEDGER: &str = "SELECT string_agg(version || ' ' || dirty, ',') FROM schema_migrations";

fn lab() -> Lab {
    let lab = Lab::new(Flavor::Postgres, "golang-migrate");
    lab.write("000001_one.up.sql", "CREATE TABLE one (a int);");
    lab.write("000001_one.down.sql", "DROP TABLE one;");
    lab.write("000005_two.up.sql", "BEGIN;\nCREATE TABLE two (a int);\nCOMMIT;\n");
    lab.write("000005_two.down.sql", "BEGIN;\nDROP TABLE two;\nCOMMIT;\n");
    lab
}

#[tokio::test]
async fn one_number_goes_up_and_down() {
    let lab = lab();
    lab.up().await.expect("applies, its own BEGIN and COMMIT too");
    assert_eq!(lab.cell(LEDGER).await, "5 false");
    lab.go(Goal::DownSteps(1)).await.expect("goes back");
    assert_eq!(lab.cell(LEDGER).await, "1 false");
    lab.go(Goal::DownSteps(1)).await.expect("goes back");
    assert_eq!(lab.cell("SELECT count(*) FROM schema_migrations").await, "0");
    let created = mainstay::migrate::create(&lab.folder(), "three", "20261120093000").expect("writes");
    assert!(created.files[0].ends_with("000006_three.up.sql"), "{created:?}");
}

#[tokio::test]
async fn a_table_that_it_made_is_gone_on_from() {
    let lab = lab();
    lab.query(
        "CREATE TABLE \"public\".\"schema_migrations\" (version bigint not null primary key, dirty boolean not null); \
         INSERT INTO schema_migrations VALUES (1, false); CREATE TABLE one (a int)",
    )
    .await;
    assert_eq!(versions(&lab.up().await.expect("goes on")), ["000005"]);
}

#[tokio::test]
async fn one_statement_alone_has_no_transaction() {
    let lab = lab();
    lab.write("000006_index.up.sql", "CREATE INDEX CONCURRENTLY one_a ON one (a);");
    lab.up().await.expect("applies");
    assert_eq!(lab.cell(LEDGER).await, "6 false");
}

#[tokio::test]
async fn half_way_is_dirty_until_someone_has_looked() {
    let lab = lab();
    lab.write("000005_two.up.sql", "BEGIN;\nCREATE TABLE two (a int);\nCOMMIT;\nBEGIN;\nSELECT 1/0;\nCOMMIT;\n");
    let error = lab.up().await.expect_err("the second transaction fails");
    assert_eq!(error.place().map(|place| place.line), Some(5), "{error:?}");
    assert_eq!(lab.cell(LEDGER).await, "5 true");
    let error = lab.up().await.expect_err("dirty");
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert!(error.message().contains("dirty"), "{error:?}");

    let (mut session, folder) = (lab.session().await, lab.folder());
    let mut migrator = Migrator::new(session.as_mut(), &folder, &lab.rules, lab.observer.clone());
    let state = migrator.state().await.expect("reads");
    let forget = |version| RepairRequest { forget: vec![Version::new(version)] };
    assert_eq!(migrator.plan_repair(&state, &forget("1")).expect_err("below").kind(), ErrorKind::Usage);
    let repair = migrator.plan_repair(&state, &forget("5")).expect("plans");
    migrator.apply_repair(&repair).await.expect("repairs");
    assert_eq!(lab.cell(LEDGER).await, "1 false");
    lab.query("DROP TABLE two").await;
    lab.write("000005_two.up.sql", "CREATE TABLE two (a int);");
    assert_eq!(versions(&lab.up().await.expect("goes on")), ["000005"]);
}

#[tokio::test]
async fn dbmates_table_and_two_rows_are_not_guessed_at() {
    let lab = lab();
    lab.query("CREATE TABLE schema_migrations (version varchar PRIMARY KEY)").await;
    let error = lab.up().await.expect_err("no dirty");
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    lab.query("ALTER TABLE schema_migrations ADD dirty boolean; INSERT INTO schema_migrations VALUES (1), (2)").await;
    assert!(lab.up().await.expect_err("two rows").message().contains("2 rows"));
}
