//! What goes wrong on the way: locks, lost sessions, statements that fail.

use std::time::{Duration, Instant};

use mainstay::conn::Target;
use mainstay::engine::{Context, connect};
use mainstay::observer::Silent;
use mainstay::rehearse::{Means, Options};
use mainstay_testing::server;

use super::Lab;

const LOG: &str =
    "CREATE TABLE log (id int PRIMARY KEY, note text); INSERT INTO log SELECT n FROM generate_series(1, 9) n";

/// A table that nobody may look at is waited for no longer than a migration would, and who has it is named.
#[tokio::test]
async fn a_locked_table_is_named_with_who_has_it() {
    let lab = Lab::on(server().database(), "postgres", LOG);
    lab.migration(1, "CREATE TABLE new ()");
    lab.file("mainstay.toml", "[migrations]\nlock_timeout = \"100ms\"\nlock_patience = \"300ms\"\n");
    let context = Context { observer: std::sync::Arc::new(Silent), dial: None, application_name: "a report".into() };
    let mut busy = connect(&Target::Postgres(lab.target()), &context).await.unwrap();
    busy.query("BEGIN; LOCK TABLE log").await.unwrap();
    let started = Instant::now();
    let error = lab.rehearse(Means::Any).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!(error.sqlstate(), Some("55P03"), "{error:?}");
    assert!(error.hints().iter().any(|hint| hint.contains("a report")), "{error:?}");
    busy.query("ROLLBACK").await.unwrap();
    busy.close().await;
    assert!(lab.rehearse(Means::Any).await.unwrap().is_good());
}

/// What was seen before the session was lost is told.
#[tokio::test]
async fn a_lost_session_is_a_failure_and_leaves_the_report() {
    let lab = Lab::new(LOG);
    lab.migration(1, "DELETE FROM log WHERE id < 4")
        .migration(2, "SELECT pg_sleep(0.05); SELECT pg_terminate_backend(pg_backend_pid())");
    let rehearsal = lab.rehearsed(Means::Any).await;
    assert_eq!(rehearsal.migrations.len(), 2);
    assert_eq!(rehearsal.migrations[0].rows[0].lost(), 3);
    let (title, failure) = rehearsal.failure().unwrap();
    assert_eq!(title, "apply 2_step", "{failure:?}");
}

#[tokio::test]
async fn the_statement_that_failed_has_its_time() {
    let lab = Lab::new(LOG);
    lab.migration(1, "CREATE TABLE a (); DO $$BEGIN PERFORM pg_sleep(0.3); RAISE 'no'; END$$; CREATE TABLE b ()");
    let one = lab.one().await;
    let broken = one.failure.unwrap().statement.unwrap();
    assert_eq!((broken.statement, broken.text.starts_with("DO")), (1, true));
    assert!(broken.seconds >= 0.3 && one.seconds >= 0.3, "{broken:?}");
    // The same outside of a transaction.
    lab.migration(
        1,
        "-- mainstay: no-transaction\nCREATE TABLE a (); DO $$BEGIN PERFORM pg_sleep(0.3); RAISE 'no'; END$$",
    );
    let broken = lab.one().await.failure.unwrap().statement.unwrap();
    assert!(broken.statement == 1 && broken.seconds >= 0.3, "{broken:?}");
}

/// A loss is the statement's that deleted, not the first one's that wrote to the table.
#[tokio::test]
async fn the_statement_that_lost_rows_is_found() {
    let lab =
        Lab::new(&format!("{LOG}; CREATE FUNCTION tidy() RETURNS void LANGUAGE sql AS 'DELETE FROM log WHERE id < 4'"));
    lab.migration(1, "INSERT INTO log VALUES (99);\nUPDATE log SET note = 'x';\nSELECT tidy();");
    let rehearsal = lab.rehearsed(Means::Any).await;
    let risks: Vec<(usize, usize)> =
        rehearsal.plan.risks().map(|(_, risk)| (risk.statement, risk.place.as_ref().unwrap().line)).collect();
    assert_eq!(risks, [(2, 3)], "{:?}", rehearsal.plan);
}

#[tokio::test]
async fn no_password_is_in_the_report_or_in_what_is_remembered() {
    let lab = Lab::new(LOG);
    lab.migration(
        1,
        "DELETE FROM log; ALTER ROLE postgres PASSWORD 'sesame'; ALTER ROLE postgres\n  PASSWORD\n  'sesame';",
    );
    let rehearsal = lab.rehearsed(Means::Any).await;
    assert!(rehearsal.is_good(), "{rehearsal:?}");
    let told = format!("{rehearsal:?}");
    assert!(told.contains("DELETE FROM log") && !told.contains("sesame"), "{told}");
    let memory = lab.path(".mainstay/rehearsals");
    for file in std::fs::read_dir(memory).unwrap() {
        assert!(!std::fs::read_to_string(file.unwrap().path()).unwrap().contains("sesame"));
    }
}

/// What would be done, and nothing is.
#[tokio::test]
async fn ahead_of_a_rehearsal() {
    let lab = Lab::new(LOG);
    lab.migration(1, "CREATE TABLE a ()");
    let before = lab.fingerprint();
    let ahead = async |means| lab.open().rehearsal_ahead(Options { means, keep: false }).await.unwrap();
    for means in [Means::Template, Means::Dump, Means::Private] {
        let how = ahead(means).await.how.unwrap();
        assert_eq!(format!("{how:?}"), format!("{means:?}"));
    }
    lab.migration(2, "CREATE ROLE nobody");
    let prospect = ahead(Means::Any).await;
    assert_eq!(prospect.plan.steps.len(), 2);
    assert_eq!(
        prospect.because.as_deref(),
        Some("apply 2_step changes what belongs to the whole server (CREATE ROLE)")
    );
    assert!(!lab.path(".mainstay").exists(), "nothing is remembered");
    assert_eq!(lab.fingerprint(), before);
    lab.assert_clean();
}
