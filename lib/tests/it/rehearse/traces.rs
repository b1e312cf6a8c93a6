//! Locks, rewrites, scans, rows and columns lost.

use mainstay::plan::{Hazard, LockMode};
use mainstay::rehearse::{Fate, Means};

use super::Lab;

const TABLES: &str = "
CREATE TABLE log (id int PRIMARY KEY, note text, level int);
INSERT INTO log SELECT n, n, n % 3 FROM generate_series(1, 1000) n;
CREATE TABLE old (id int); INSERT INTO old VALUES (1), (2);
CREATE TABLE calm (id int PRIMARY KEY);
CREATE VIEW notes AS SELECT id, note FROM log";

#[tokio::test]
async fn a_rewrite_is_found_with_its_lock_to_the_end_of_the_transaction() {
    let lab = Lab::new(TABLES);
    lab.migration(1, "SELECT count(*) FROM calm; ALTER TABLE log ALTER level TYPE bigint; SELECT pg_sleep(0.2)");
    let one = lab.one().await;
    assert_eq!(one.failure, None);
    let [log, ..] = one.locks.as_slice() else { panic!("{one:?}") };
    assert_eq!((log.table.to_string().as_str(), log.mode), ("public.log", LockMode::AccessExclusive));
    assert_eq!((log.blocks.as_str(), log.statement), ("reads and writes", Some(1)));
    assert!(log.seconds > 0.2, "the sleep behind it counts: {log:?}");
    assert!(one.statements[1].traced.seconds < log.seconds);
    let rewritten: Vec<String> = one.rewritten.iter().map(|one| one.table.to_string()).collect();
    assert_eq!(rewritten, ["public.log"]);
    assert!(one.rewritten[0].bytes > Some(8192));
    let calm = one.locks.iter().find(|lock| lock.table.name == "calm").unwrap();
    assert_eq!((calm.mode, calm.blocks.as_str()), (LockMode::AccessShare, "nothing"));
    assert!(one.rows.is_empty() && !one.polled);
    let place = one.statements[1].place.as_ref().unwrap();
    assert_eq!((place.line, place.column), (1, 28));
}

#[tokio::test]
async fn effects_are_in_the_plan() {
    let lab = Lab::new(TABLES);
    lab.migration(1, "ALTER TABLE log ALTER level TYPE bigint").migration(2, "ALTER TABLE log ALTER note SET NOT NULL");
    let rehearsal = lab.rehearsed(Means::Any).await;
    let told: Vec<String> =
        rehearsal.plan.steps.iter().flat_map(|step| &step.effects).map(|effect| effect.to_string()).collect();
    assert_eq!(
        told,
        [
            "locks public.log: access exclusive (blocks reads and writes), rewrites",
            "locks public.log: access exclusive (blocks reads and writes), scans"
        ]
    );
}

#[tokio::test]
async fn concurrently_is_seen_by_polling() {
    let lab = Lab::new(TABLES);
    lab.migration(
        1,
        "-- mainstay: no-transaction\nCREATE INDEX CONCURRENTLY log_note ON log (note);\nALTER TABLE calm ADD b int;\nVACUUM FULL log",
    );
    let one = lab.one().await;
    assert_eq!(one.failure, None);
    assert!(one.polled && one.statements[0].traced.polled && !one.statements[1].traced.polled);
    let calm = one.locks.iter().find(|lock| lock.table.name == "calm").unwrap();
    assert_eq!(calm.mode, LockMode::AccessExclusive);
    assert_eq!(one.rewritten[0].table.name, "log");
    assert_eq!(one.rewritten[0].statement, Some(2));
}

/// golang-migrate's files hold their own BEGIN and COMMIT: the locks are held until that COMMIT.
#[tokio::test]
async fn a_scripts_own_transaction_is_one() {
    let lab = Lab::new(TABLES);
    lab.file("mainstay.toml", "[migrations]\ndialect = \"golang-migrate\"");
    lab.file(
        "migrations/1_a.up.sql",
        "BEGIN;\nALTER TABLE calm ADD b int;\nSELECT pg_sleep(0.2);\nCOMMIT;\nALTER TABLE log ADD b int;",
    );
    let one = lab.one().await;
    assert_eq!(one.failure, None);
    let held = |table: &str| one.locks.iter().find(|lock| lock.table.name == table).unwrap().seconds;
    assert!(held("calm") > 0.2 && held("log") < 0.2, "{:?}", one.locks);
}

#[tokio::test]
async fn rows_and_columns_lost_are_counted() {
    let lab = Lab::new(TABLES);
    lab.database.psql(
        "CREATE FUNCTION tidy() RETURNS void LANGUAGE sql AS 'DELETE FROM log WHERE id > 900';
         CREATE TABLE renamed AS SELECT 1 AS a",
    );
    lab.migration(1, "SELECT tidy()");
    lab.migration(2, "DROP TABLE old; ALTER TABLE renamed RENAME TO other; INSERT INTO other VALUES (2)");
    lab.migration(3, "DO $$BEGIN ALTER TABLE log DROP COLUMN note CASCADE; END$$; CREATE TABLE made AS SELECT 1 AS a");
    let rehearsal = lab.rehearsed(Means::Any).await;
    type Change = (String, Fate, Option<u64>, Option<u64>);
    let rows: Vec<Vec<Change>> = rehearsal
        .migrations
        .iter()
        .map(|one| {
            one.rows.iter().map(|change| (change.table.to_string(), change.fate, change.before, change.after)).collect()
        })
        .collect();
    let change = |table: &str, fate, before, after| (format!("public.{table}"), fate, Some(before), Some(after));
    assert_eq!(
        rows,
        [
            vec![change("log", Fate::Stays, 1000, 900)],
            vec![change("old", Fate::Dropped, 2, 0), change("other", Fate::Stays, 1, 2)],
            vec![change("made", Fate::Made, 0, 1)],
        ]
    );
    let lost = &rehearsal.migrations[2].lost_columns;
    assert_eq!(lost.len(), 1);
    assert_eq!((lost[0].column.as_str(), lost[0].rows), ("note", Some(900)));
    let risks: Vec<(Hazard, String)> = rehearsal.plan.risks().map(|(_, risk)| (risk.hazard, risk.told())).collect();
    assert_eq!(
        risks,
        [
            (Hazard::DeletesData, "loses rows of public.log (100 lost when rehearsed)".to_owned()),
            (Hazard::DeletesData, "drops table old (2 rows, 2 lost when rehearsed)".to_owned()),
            (
                Hazard::DeletesData,
                "drops column note of log in a DO block (1000 rows, 900 lost when rehearsed)".to_owned()
            ),
        ]
    );
}

/// What the role may not read is said not to be counted.
#[tokio::test]
async fn tables_that_may_not_be_read_are_named() {
    let lab = Lab::new(TABLES);
    lab.migration(1, "CREATE ROLE rehearse_poor LOGIN; SET ROLE rehearse_poor; CREATE TABLE nothing.here ()");
    // A role reaches beyond the database: that is rehearsed on a private server, and never here.
    let rehearsal = lab.rehearsed(Means::Any).await;
    assert_eq!(lab.database.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'rehearse_poor'"), "0");
    assert!(rehearsal.clone.unwrap().because.unwrap().contains("belongs to the whole server"));
    assert!(rehearsal.migrations[0].failure.is_some());
}
