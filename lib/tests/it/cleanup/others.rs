//! Others at work on the same database.

use std::time::Duration;

use mainstay::ErrorKind;
use mainstay_testing::server;

use super::{Fate, Place, Watched, With, gone, on_both, read};

on_both!(one_at_a_time, the_journal_says_what_went, a_plan_holds_as_long_as_policy_and_tables_do);

const POLICY: &str = "table = 'a'\nwhere = 'old'\nreferences = { b = 'follow' }";

async fn fill(place: &Place) {
    place
        .sql(
            "CREATE TABLE a (id int PRIMARY KEY, old boolean);
             CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a (id));
             INSERT INTO a VALUES (1, true), (2, true), (3, false);
             INSERT INTO b VALUES (1, 1), (2, 3)",
        )
        .await;
}

async fn one_at_a_time(place: Place) {
    fill(&place).await;
    let mut other = place.session().await;
    assert!(other.try_lock(mainstay::cleanup::LOCK).await.unwrap());
    let error = place.run(POLICY).await.expect_err("another is at it");
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert!(error.message().ends_with("is cleaning up this database"), "{error:?}");
    assert_eq!(place.ask("SELECT count(*) FROM a").await, "3");
    other.unlock(mainstay::cleanup::LOCK).await.unwrap();
    place.run(POLICY).await.unwrap();
}

async fn the_journal_says_what_went(place: Place) {
    fill(&place).await;
    place.run(POLICY).await.unwrap();
    let journal = if place.is_postgres() { "mainstay.journal" } else { "mainstay_journal" };
    let written = place.ask(&format!("SELECT action || ' ' || detail || ' ' || result FROM {journal}")).await;
    assert_eq!(written, "cleanup run it: a 2, b 1 ok");
    place.run(POLICY).await.unwrap();
    assert_eq!(place.ask(&format!("SELECT count(*) FROM {journal}")).await, "1", "nothing was done");
}

async fn a_plan_holds_as_long_as_policy_and_tables_do(place: Place) {
    fill(&place).await;
    let policy = read(POLICY);
    let with = With::new(&policy);
    let plan = with.plan(place.session().await.as_mut()).await.unwrap();
    let another = read("table = 'a'\nwhere = 'old IS TRUE'\nreferences = { b = 'follow' }");
    let refused = With::new(&another).run_planned(place.session().await.as_mut(), Some(&plan)).await;
    assert_eq!(refused.expect_err("another policy").kind(), ErrorKind::Refused);
    place.sql("CREATE TABLE c (a_id int REFERENCES a (id))").await;
    let error = with.run_planned(place.session().await.as_mut(), Some(&plan)).await.expect_err("another reference");
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    assert!(
        error.hints()[0].contains("nothing was deleted; make the plan again: mainstay cleanup plan it"),
        "{error:?}"
    );
    assert_eq!(place.ask("SELECT count(*) FROM a").await, "3");
    // Rows and indexes may come and go.
    place.sql("DROP TABLE c; CREATE INDEX b_a ON b (a_id); CREATE TABLE d (id int); INSERT INTO b VALUES (3, 2)").await;
    let cleaned = with.run_planned(place.session().await.as_mut(), Some(&plan)).await.unwrap();
    assert_eq!(gone(&cleaned), "a 2, b 2");
}

/// What is done just before the first batch deletes, after the search and the batch have looked.
async fn just_before(sql: &'static str) -> (Place, mainstay::cleanup::Cleaned) {
    let database = server().database();
    let place = Place { url: database.url(), _folder: None };
    fill(&place).await;
    let policy = read(POLICY);
    let mut done = false;
    let mut session = Watched::new(&place, move |now: &str| {
        if now.starts_with("DELETE FROM ONLY") && !done {
            done = true;
            database.psql(sql);
        }
        Fate::Lives
    })
    .await;
    let cleaned = With::new(&policy).run(&mut session).await.unwrap();
    (place, cleaned)
}

#[tokio::test]
async fn a_row_that_begins_to_refer_goes_with_the_next_attempt() {
    let (place, cleaned) = just_before("INSERT INTO b VALUES (9, 1)").await;
    assert_eq!((gone(&cleaned), cleaned.retries), ("a 2, b 2".into(), 1));
    assert_eq!(place.ask("SELECT id FROM b").await, "2");
}

#[tokio::test]
async fn a_row_that_is_young_again_stays() {
    let (place, cleaned) = just_before("UPDATE a SET old = false WHERE id = 1").await;
    assert_eq!((gone(&cleaned), cleaned.retries), ("a 1".into(), 1));
    assert_eq!(place.ask("SELECT id FROM a ORDER BY id").await, "1 3");
    assert_eq!(place.ask("SELECT id FROM b ORDER BY id").await, "1 2", "what refers to it stays too");
}

#[tokio::test]
async fn a_row_that_somebody_else_deletes_is_no_failure() {
    let (place, cleaned) = just_before("DELETE FROM b WHERE id = 1; DELETE FROM a WHERE id = 1").await;
    assert_eq!(gone(&cleaned), "a 1");
    assert_eq!(place.ask("SELECT id FROM a").await, "3");
}

#[tokio::test]
async fn a_row_that_stays_locked_is_told_with_its_holder() {
    let place = Place::postgres();
    fill(&place).await;
    let mut holder = place.session().await;
    holder.query("BEGIN; SELECT * FROM a WHERE id = 2 FOR UPDATE").await.unwrap();
    let policy = read(&format!("batch = 1\n{POLICY}"));
    let mut with = With::new(&policy);
    with.rules.lock_timeout = Duration::from_millis(50);
    with.rules.lock_patience = Duration::from_millis(300);
    let error = with.run(place.session().await.as_mut()).await.expect_err("it is held");
    assert_eq!(error.kind(), ErrorKind::Locked, "{error:?}");
    assert!(error.hints().iter().any(|hint| hint.contains("SELECT * FROM a WHERE id = 2 FOR UPDATE")), "{error:?}");
    assert!(
        error.hints().iter().any(|hint| hint.ends_with("go on: mainstay cleanup run it --allow deletes-data")),
        "{error:?}"
    );
    assert_eq!(place.ask("SELECT id FROM a ORDER BY id").await, "2 3", "the batch before it has gone");
    let written = place.ask("SELECT detail FROM mainstay.journal").await;
    assert_eq!(written, "it: a 1, b 1");
    holder.query("ROLLBACK").await.unwrap();
    assert_eq!(gone(&with.run(place.session().await.as_mut()).await.unwrap()), "a 1");
}

#[tokio::test]
async fn a_trigger_that_keeps_rows_is_told() {
    let place = Place::postgres();
    fill(&place).await;
    place
        .sql(
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
             CREATE TRIGGER no BEFORE DELETE ON b FOR EACH ROW EXECUTE FUNCTION no()",
        )
        .await;
    let error = place.run(POLICY).await.expect_err("b stays");
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert_eq!(place.ask("SELECT count(*) FROM a").await, "3", "nothing is half done");
}

#[tokio::test]
async fn a_role_that_may_make_no_temporary_tables_is_told_so() {
    let database = server().database();
    let place = Place { url: database.url(), _folder: None };
    fill(&place).await;
    let name = database.name();
    place
        .sql(&format!(
            "REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC; CREATE ROLE {name}_r LOGIN;
             GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}_r"
        ))
        .await;
    let policy = read(POLICY);
    let url = place.url.replace("user=postgres", &format!("user={name}_r"));
    let other = Place { url, _folder: None };
    let error = With::new(&policy).plan(other.session().await.as_mut()).await.expect_err("none can be made");
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    assert!(error.message().ends_with(&format!("`{name}_r` may make none")), "{error:?}");
    assert!(error.hints()[0].contains(&format!("GRANT TEMPORARY ON DATABASE {name} TO {name}_r")), "{error:?}");
}
