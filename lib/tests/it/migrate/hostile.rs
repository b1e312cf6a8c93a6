//! Scripts that work against the ledger, the session or the lock.

use mainstay::ErrorKind;
use mainstay::migrate::Goal;
use mainstay::sql::Flavor;

use super::lab::{Lab, versions};

fn lab() -> Lab {
    Lab::new(Flavor::Postgres, "mainstay")
}

#[tokio::test]
async fn settings_made_inside_code_end_with_their_script() {
    let in_block = "CREATE SCHEMA elsewhere; DO $$BEGIN SET search_path = elsewhere; SET ROLE pg_monitor; END$$";
    let in_function = "CREATE SCHEMA elsewhere; \
         CREATE FUNCTION public.f() RETURNS void LANGUAGE plpgsql AS $$BEGIN SET search_path = elsewhere; END$$; \
         SELECT public.f()";
    for first in [in_block, in_function] {
        let lab = lab();
        lab.write("1_sets.up.sql", first);
        lab.write("2_next.up.sql", "CREATE TABLE b (id int)");
        lab.up().await.expect("applies");
        let schema = lab.cell("SELECT relnamespace::regnamespace FROM pg_class WHERE relname = 'b'").await;
        assert_eq!(schema, "public", "{first}");
        assert_eq!(lab.cell("SELECT count(DISTINCT applied_by) FROM mainstay.migration").await, "1", "{first}");
    }
}

#[tokio::test]
async fn a_comment_does_not_hide_the_end_of_the_transaction() {
    for end in ["ROLLBACK /* to */", "/* to */ COMMIT", "ROLLBACK -- to\n"] {
        let lab = lab();
        lab.write("1_ends.up.sql", &format!("CREATE TABLE a (id int); {end}; CREATE TABLE b (id int)"));
        let error = lab.up().await.expect_err(end);
        assert_eq!(error.kind(), ErrorKind::Source, "{end}: {error:?}");
        assert!(!lab.has_table("a").await && !lab.has_table("b").await, "{end}");
    }
}

#[tokio::test]
async fn a_script_that_takes_rows_from_the_ledger_is_told() {
    for (flavor, ledger) in [(Flavor::Postgres, "mainstay.migration"), (Flavor::Sqlite, "mainstay_migration")] {
        let lab = Lab::new(flavor, "mainstay");
        lab.write("1_a.up.sql", "CREATE TABLE a (id int)");
        lab.write("2_b.up.sql", &format!("DELETE FROM {ledger}"));
        let error = lab.up().await.expect_err("the ledger is empty");
        assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
        assert!(error.message().contains("1_a was applied, but is not in the ledger"), "{error:?}");
    }
}

/// `01` in the ledger is `001` in the folder: one migration, whose row goes with it.
#[tokio::test]
async fn another_spelling_of_a_version_meets_its_row() {
    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        let lab = Lab::new(flavor, "mainstay");
        lab.write("01_a.up.sql", "CREATE TABLE a (id int)");
        lab.up().await.expect("applies");
        std::fs::remove_file(lab.dir().join("01_a.up.sql")).expect("removes");
        lab.write("001_a.up.sql", "CREATE TABLE a (id int)");
        lab.write("001_a.down.sql", "DROP TABLE a");
        assert!(lab.up().await.expect("nothing to do").done.is_empty());
        let report = lab.go(Goal::DownSteps(1)).await.expect("undoes");
        assert_eq!((versions(&report), report.version.clone()), (vec!["01"], None));
        assert!(lab.state().await.expect("reads").applied.is_empty());
    }
}

#[tokio::test]
async fn an_invalid_index_of_another_table_is_left_alone() {
    let lab = lab();
    lab.query("CREATE TABLE t (id int)").await;
    lab.query("CREATE TABLE u AS VALUES (1), (1)").await;
    let failed = lab.session().await.query("CREATE UNIQUE INDEX CONCURRENTLY x ON u (column1)").await;
    failed.expect_err("not unique");
    lab.write("1_index.up.sql", "-- mainstay: no-transaction\nCREATE INDEX CONCURRENTLY x ON t (id);");
    let error = lab.up().await.expect_err("the name is taken");
    assert_eq!(error.sqlstate(), Some("42P07"), "{error:?}");
    assert_eq!(lab.cell("SELECT indrelid::regclass FROM pg_index WHERE indexrelid = 'x'::regclass").await, "u");
}

#[tokio::test]
async fn a_nul_character_is_shown_where_it_stands() {
    let lab = lab();
    lab.write("1_nul.up.sql", "SELECT 1;\nSELECT\0 2;");
    let error = lab.try_folder().err().expect("refused");
    assert_eq!(error.place().map(|place| (place.line, place.column)), Some((2, 7)), "{error:?}");
}
