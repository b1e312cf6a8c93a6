//! What is particular to refinery's dialect.

use mainstay::ErrorKind;
use mainstay::migrate::Problem;
use mainstay::sql::Flavor;

use super::lab::{Lab, versions};

/// The sum of `V1__first_one.sql` with the text `CREATE TABLE one (a int);`, as refinery 0.10.1 has written it.
const ONE: &str = "10666611214806625960";

fn lab(flavor: Flavor) -> Lab {
    let lab = Lab::new(flavor, "refinery");
    lab.step(1, "first_one", "CREATE TABLE one (a int);", "");
    lab.step(3, "three", "CREATE TABLE three (a int);", "");
    lab
}

#[tokio::test]
async fn the_row_is_as_refinery_writes_it() {
    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        let lab = lab(flavor);
        lab.up().await.expect("applies");
        let row = "SELECT name || '|' || checksum FROM refinery_schema_history WHERE version = 1";
        assert_eq!(lab.cell(row).await, format!("first_one|{ONE}"));
        let at = lab.cell("SELECT applied_on FROM refinery_schema_history").await;
        assert!(at.parse::<jiff::Timestamp>().is_ok() && at.ends_with('Z'), "{at}");
    }
}

#[tokio::test]
async fn a_sum_over_eight_bytes_is_as_good_and_an_edit_is_seen() {
    let lab = lab(Flavor::Postgres);
    lab.up().await.expect("applies");
    lab.query("UPDATE refinery_schema_history SET checksum = '6325764854070593546' WHERE version = 1").await;
    assert!(lab.state().await.expect("reads").problems.is_empty());
    lab.step(1, "first_one", "CREATE TABLE one (a bigint);", "");
    let problems = lab.state().await.expect("reads").problems;
    assert!(matches!(problems.as_slice(), [Problem::Edited { .. }]), "{problems:?}");
}

#[tokio::test]
async fn a_late_v_is_refused_and_a_late_u_is_not() {
    let lab = lab(Flavor::Postgres);
    lab.up().await.expect("applies");
    lab.step(2, "two", "CREATE TABLE two (a int);", "");
    assert_eq!(lab.up().await.expect_err("late").kind(), ErrorKind::Verification);
    lab.remove(2, "two");
    lab.write("U2__two.sql", "CREATE TABLE two (a int);");
    assert_eq!(versions(&lab.up().await.expect("may be late")), ["2"]);
}

#[tokio::test]
async fn numbers_that_need_eight_bytes_have_them() {
    let lab = Lab::new(Flavor::Postgres, "refinery");
    lab.write("V20261120093000__one.sql", "CREATE TABLE one (a int);");
    lab.up().await.expect("applies");
    let kind = "SELECT data_type FROM information_schema.columns WHERE table_name = 'refinery_schema_history' LIMIT 1";
    assert_eq!(lab.cell(kind).await, "bigint");
}

#[test]
fn an_empty_folder_begins_with_one() {
    let lab = Lab::new(Flavor::Sqlite, "refinery");
    let created = mainstay::migrate::create(&lab.folder(), "first", "20261120093000").expect("writes");
    assert!(created.files[0].ends_with("V1__first.sql"), "{created:?}");
}
