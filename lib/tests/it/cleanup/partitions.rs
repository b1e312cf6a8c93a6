//! Partitions that are old as a whole.

use mainstay::ErrorKind;

use super::{Place, counts, gone};

/// Logs of 2024 to 2026, a partition a year and one for the rest; the moment is June 2026.
async fn logs(more: &str) -> Place {
    let place = Place::postgres();
    place
        .sql(&format!(
            "CREATE TABLE logs (id int, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
             CREATE TABLE logs_2024 PARTITION OF logs FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
             CREATE TABLE logs_2025 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
             CREATE TABLE logs_2026 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
             CREATE TABLE logs_rest PARTITION OF logs DEFAULT;
             INSERT INTO logs SELECT n, timestamptz '2023-06-01' + n * interval '1 month' FROM generate_series(1, 35) n;
             {more}"
        ))
        .await;
    place
}

const OLD: &str = "table = 'logs'\ncolumn = 'at'\nolder_than = '8 months'\n";

#[tokio::test]
async fn rows_go_from_partitions_as_from_tables() {
    let place = logs("").await;
    let plan = place.plan(OLD).await.unwrap();
    assert_eq!((counts(&plan), plan.partitions.len()), ("logs 27".into(), 0));
    let cleaned = place.run(&format!("batch = 5\n{OLD}")).await.unwrap();
    assert_eq!(gone(&cleaned), "logs 27");
    assert_eq!(place.ask("SELECT min(at)::date FROM logs").await, "2025-10-01");
}

#[tokio::test]
async fn what_is_old_as_a_whole_is_dropped_and_the_rest_goes_by_rows() {
    let place = logs("").await;
    let policy = format!("{OLD}partitions = 'drop'");
    let plan = place.plan(&policy).await.unwrap();
    let parts: Vec<_> = plan.partitions.iter().map(|part| (part.name.name.as_str(), part.rows)).collect();
    // Of 2025, three months are young; the default partition says nothing of its rows.
    assert_eq!((parts, counts(&plan), plan.rows()), (vec![("logs_2024", 12)], "logs 15".into(), 27));
    assert!(plan.plan.risks().any(|(_, risk)| risk.reason == "drops partition logs_2024"), "{plan:?}");
    let cleaned = place.run(&policy).await.unwrap();
    assert_eq!((cleaned.partition_rows, cleaned.rows(), cleaned.planned), (12, 27, 27), "{cleaned:?}");
    assert_eq!((gone(&cleaned), cleaned.partitions), ("logs 15".into(), vec!["logs_2024".into()]));
    assert_eq!(place.ask("SELECT to_regclass('logs_2024') IS NULL").await, "t");
    assert_eq!(place.ask("SELECT min(at)::date FROM logs").await, "2025-10-01");
}

#[tokio::test]
async fn what_is_old_as_a_whole_is_detached_with_its_rows() {
    let place = logs("").await;
    place.run(&format!("{OLD}partitions = 'detach'")).await.unwrap();
    assert_eq!(place.ask("SELECT count(*) FROM logs_2024").await, "12");
    assert_eq!(place.ask("SELECT min(at)::date FROM logs").await, "2025-10-01");
}

#[tokio::test]
async fn a_partition_that_rows_refer_to_is_emptied_first() {
    let place = logs(
        "CREATE TABLE line (id int PRIMARY KEY, log int, at timestamptz, FOREIGN KEY (log, at) REFERENCES logs (id, at));
         INSERT INTO line SELECT id * 10, id, at FROM logs;
         CREATE TABLE pin (log int, at timestamptz, FOREIGN KEY (log, at) REFERENCES logs (id, at))",
    )
    .await;
    let policy = format!("{OLD}partitions = 'drop'\nreferences = {{ line = 'follow' }}");
    let cleaned = place.run(&policy).await.unwrap();
    assert_eq!((gone(&cleaned), cleaned.partitions), ("line 27, logs 27".into(), vec!["logs_2024".into()]));
    assert_eq!(place.ask("SELECT count(*) FROM line").await, "8");
}

#[tokio::test]
async fn a_partition_of_which_a_row_is_kept_stays() {
    let place = logs(
        "CREATE TABLE pin (log int, at timestamptz, FOREIGN KEY (log, at) REFERENCES logs (id, at));
         INSERT INTO pin SELECT id, at FROM logs WHERE id = 8",
    )
    .await;
    let cleaned = place.run(&format!("{OLD}partitions = 'drop'")).await.unwrap();
    assert_eq!((gone(&cleaned), cleaned.partitions.len()), ("logs 26".into(), 0));
    assert_eq!(place.ask("SELECT count(*) FROM logs_2024").await, "1");
}

#[tokio::test]
async fn a_table_that_is_not_cut_by_the_age_is_refused() {
    let place = logs("CREATE TABLE plain (at timestamptz)").await;
    for policy in [
        "table = 'plain'\ncolumn = 'at'\nolder_than = '1 day'\npartitions = 'drop'".to_owned(),
        format!("{OLD}where = 'id > 3'\npartitions = 'drop'"),
    ] {
        let error = place.plan(&policy).await.expect_err("no partitions by age");
        assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
        assert!(
            error.place().is_some() && error.message().contains("has no partitions that the age alone"),
            "{error:?}"
        );
    }
    let error = place.plan("table = 'logs_2024'\nwhere = 'true'").await.expect_err("a partition");
    assert!(error.hints()[0].contains("table = \"logs\""), "{error:?}");
}

/// Both are told like a batch that was taken back: what it is, who is in the way, and how to go on.
#[tokio::test]
async fn a_partition_that_cannot_go_is_told_with_the_next_step() {
    let place = logs("CREATE VIEW seen AS SELECT * FROM logs_2024").await;
    let policy = super::read(&format!("{OLD}partitions = 'drop'"));
    let mut with = super::With::new(&policy);
    with.rules.lock_timeout = std::time::Duration::from_millis(100);
    with.rules.lock_patience = std::time::Duration::from_millis(300);
    let go_on = "what went before it has gone; go on: mainstay cleanup run it --allow deletes-data";
    let error = with.run(place.session().await.as_mut()).await.expect_err("a view is made of it");
    assert_eq!(error.message(), "partition logs_2024 cannot be dropped");
    for hint in ["something is made of it, a view say: drop that first", go_on] {
        assert!(error.hints().iter().any(|one| one == hint), "{error:?}");
    }
    place.sql("DROP VIEW seen").await;
    let mut holder = place.session().await;
    holder.query("BEGIN; SELECT FROM logs_2024").await.unwrap();
    let error = with.run(place.session().await.as_mut()).await.expect_err("somebody reads it");
    assert_eq!(error.kind(), ErrorKind::Locked, "{error:?}");
    for hint in ["a lock is held by", go_on] {
        assert!(error.hints().iter().any(|one| one.starts_with(hint)), "{error:?}");
    }
    drop(holder);
}
