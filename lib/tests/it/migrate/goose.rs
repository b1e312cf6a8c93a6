//! What is particular to goose's dialect. The table is made here as goose's own releases made it.

use mainstay::ErrorKind;
use mainstay::migrate::Goal;
use mainstay::sql::Flavor;

use super::lab::{Lab, versions};

fn lab() -> Lab {
    let lab = Lab::new(Flavor::Postgres, "goose");
    lab.write("00001_one.sql", "-- +goose Up\nCREATE TABLE one (a int);\n\n-- +goose Down\nDROP TABLE one;\n");
    lab.write(
        "00002_function.sql",
        "-- +goose Up\n-- +goose StatementBegin\nCREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1;\n\
         END $$;\n-- +goose StatementEnd\n-- +goose Down\nDROP FUNCTION f();\n",
    );
    lab.write(
        "00003_index.sql",
        "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY one_a ON one (a);\n\
         -- +goose Down\nDROP INDEX CONCURRENTLY one_a;\n",
    );
    lab
}

#[tokio::test]
async fn rows_are_as_goose_writes_them() {
    let lab = lab();
    lab.up().await.expect("applies");
    let rows = "SELECT string_agg(concat_ws(' ', id, version_id, is_applied, tstamp > now() - interval '1 day'), ',' \
                ORDER BY id) FROM goose_db_version";
    assert_eq!(lab.cell(rows).await, "1 0 t t,2 1 t t,3 2 t t,4 3 t t");
    lab.go(Goal::DownSteps(1)).await.expect("goes back outside a transaction");
    assert_eq!(lab.cell("SELECT max(version_id) FROM goose_db_version").await, "2");
    let created = mainstay::migrate::create(&lab.folder(), "four", "20261120093000").expect("writes");
    assert!(created.files[0].ends_with("00004_four.sql"), "{created:?}");
}

#[tokio::test]
async fn an_old_table_with_rows_of_both_ways_is_gone_on_from() {
    let lab = lab();
    lab.query(
        "CREATE TABLE goose_db_version (id serial NOT NULL, version_id bigint NOT NULL, is_applied boolean NOT NULL, \
         tstamp timestamp NULL default now(), PRIMARY KEY(id)); CREATE TABLE one (a int); \
         INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true), (2, true), (2, false)",
    )
    .await;
    assert_eq!(versions(&lab.up().await.expect("goes on")), ["00002", "00003"]);
    lab.query("DROP TABLE goose_db_version; CREATE TABLE goose_db_version (id int)").await;
    assert_eq!(lab.up().await.expect_err("another program's").kind(), ErrorKind::Verification);
}

#[test]
fn what_cannot_be_run_is_refused_with_its_line() {
    let cases = [
        ("CREATE TABLE one (a int);\n", "before `-- +goose Up`", 1),
        ("-- a note\n", "no line `-- +goose Up`", 1),
        ("-- +goose Up\nSELECT 1;\n-- +goose Donw\n", "`-- +goose Donw`", 3),
        ("-- +goose Down\n-- +goose Up\n", "`-- +goose Down`", 1),
        ("-- +goose ENVSUB ON\n-- +goose Up\nSELECT '${HOME}';\n", "environment", 1),
        ("-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n", "no StatementEnd", 4),
    ];
    for (text, expected, line) in cases {
        let lab = Lab::new(Flavor::Sqlite, "goose");
        lab.write("1_one.sql", text);
        let error = lab.try_folder().err().expect("refused");
        assert!(error.message().contains(expected), "{error:?}");
        assert_eq!(error.place().map(|place| place.line), Some(line), "{error:?}");
    }
    let lab = lab();
    lab.write("00004_program.go", "package migrations\n");
    assert!(lab.try_folder().err().expect("Go").message().contains("00004_program.go"));
}

#[test]
fn auto_knows_the_marks() {
    let mut lab = lab();
    lab.dialect = "auto";
    assert_eq!(lab.folder().dialect.name(), "goose");
}
