//! What is particular to capsul's dialect.

use mainstay::ErrorKind;
use mainstay::migrate::{Goal, Migrator, Problem, RepairRequest};
use mainstay::sql::Flavor;

use super::lab::Lab;

fn lab() -> Lab {
    let lab = Lab::new(Flavor::Postgres, "capsul");
    lab.step(1, "init", "CREATE TABLE vms (id serial PRIMARY KEY);", "DROP TABLE vms;");
    lab.step(2, "email", "ALTER TABLE vms ADD COLUMN email text;", "ALTER TABLE vms DROP COLUMN email;");
    lab
}

async fn problems(lab: &Lab) -> Vec<Problem> {
    lab.state().await.expect("reads").problems
}

#[tokio::test]
async fn the_table_is_kept_as_capsul_keeps_it() {
    let lab = lab();
    lab.up().await.expect("applies");
    let columns = "SELECT string_agg(column_name || ' ' || data_type, ',') FROM information_schema.columns \
                   WHERE table_name = 'schemaversion'";
    assert_eq!(lab.cell(columns).await, "version integer");
    assert_eq!(lab.cell("SELECT count(*) || ' ' || max(version) FROM schemaversion").await, "1 2");
}

#[tokio::test]
async fn a_forgotten_bump_changes_nothing() {
    let lab = lab();
    lab.write("03_up_forgot.sql", "ALTER TABLE vms ADD COLUMN oops text;");
    let error = lab.up().await.expect_err("the script forgot to set the version");
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert!(error.hints().iter().any(|hint| hint.contains("UPDATE schemaversion SET version = 3")), "{error:?}");
    assert_eq!(lab.cell("SELECT version FROM schemaversion").await, "2");
    let oops = "SELECT count(*) FROM information_schema.columns WHERE column_name = 'oops' AND table_name = 'vms'";
    assert_eq!(lab.cell(oops).await, "0");
}

#[tokio::test]
async fn an_edit_of_what_we_applied_is_seen_and_can_be_accepted() {
    let lab = lab();
    lab.query(
        "CREATE TABLE schemaversion (version INT PRIMARY KEY NOT NULL); INSERT INTO schemaversion VALUES (1); \
               CREATE TABLE vms (id serial PRIMARY KEY)",
    )
    .await;
    lab.up().await.expect("goes on from 1");
    let first = std::fs::read_to_string(lab.dir().join("01_up_init.sql")).expect("reads");
    lab.write("01_up_init.sql", &format!("{first}\nCREATE TABLE more ();\n"));
    assert!(problems(&lab).await.is_empty(), "with which text version 1 was applied, nobody knows");

    let second = std::fs::read_to_string(lab.dir().join("02_up_email.sql")).expect("reads");
    lab.write("02_up_email.sql", &format!("-- a comment is no edit\n{second}"));
    assert!(problems(&lab).await.is_empty());
    lab.write("02_up_email.sql", &second.replace("email", "mail"));
    let error = lab.up().await.expect_err("edited");
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert!(error.message().contains("02_up_email.sql was edited after it was applied"), "{error:?}");

    let (mut session, folder) = (lab.session().await, lab.folder());
    let mut migrator = Migrator::new(session.as_mut(), &folder, &lab.rules, lab.observer.clone());
    let state = migrator.state().await.expect("reads");
    let repair = migrator.plan_repair(&state, &RepairRequest::default()).expect("plans");
    migrator.apply_repair(&repair).await.expect("repairs");
    assert!(problems(&lab).await.is_empty());

    // Undone and applied again, it is the new text that counts.
    lab.go(Goal::DownSteps(1)).await.expect("undoes");
    lab.write("02_up_email.sql", &second);
    lab.up().await.expect("applies");
    assert!(problems(&lab).await.is_empty());
}

#[tokio::test]
async fn a_gap_and_a_stray_file_are_errors_before_anything_runs() {
    let lab = lab();
    lab.write("04_up_later.sql", "UPDATE schemaversion SET version = 4;");
    let error = lab.try_folder().err().expect("03 is missing");
    assert!(error.message().contains("version 3"), "{error:?}");
    std::fs::remove_file(lab.dir().join("04_up_later.sql")).expect("removes");
    lab.write("README.md", "no script at all");
    lab.try_folder().expect("what is no script is left alone");
    lab.write("notes.sql", "SELECT 1;");
    assert!(lab.try_folder().is_err());
}

#[tokio::test]
async fn a_database_taken_over_in_the_middle_goes_on() {
    let lab = lab();
    lab.query(
        "CREATE TABLE schemaversion (version INT PRIMARY KEY NOT NULL); INSERT INTO schemaversion VALUES (1); \
               CREATE TABLE vms (id serial PRIMARY KEY); INSERT INTO vms DEFAULT VALUES",
    )
    .await;
    let report = lab.up().await.expect("goes on from 1");
    assert_eq!(super::lab::versions(&report), ["2"]);
    assert_eq!(lab.cell("SELECT count(*) FROM vms WHERE email IS NULL").await, "1");
}

#[tokio::test]
async fn a_version_table_with_two_rows_or_none_is_not_guessed_at() {
    let lab = lab();
    lab.query(
        "CREATE TABLE schemaversion (version INT PRIMARY KEY NOT NULL); INSERT INTO schemaversion VALUES (1), (2)",
    )
    .await;
    assert_eq!(lab.up().await.expect_err("two rows").kind(), ErrorKind::Verification);
    lab.query("DELETE FROM schemaversion").await;
    assert_eq!(lab.up().await.expect_err("no row").kind(), ErrorKind::Verification);
}
