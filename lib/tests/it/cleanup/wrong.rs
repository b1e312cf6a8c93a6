//! Policies that are wrong for their database: refused by name, with nothing done.

use mainstay::ErrorKind;
use mainstay::migrate::Consent;
use mainstay::plan::Hazard;

use super::{Place, With, on_both, read};

on_both!(a_policy_that_names_what_is_not_there, conditions_that_cannot_be_run, a_policy_that_deletes_everything);

async fn fill(place: &Place) {
    place
        .sql(
            "CREATE TABLE device (id int PRIMARY KEY, seen timestamp, name text, size int);
             CREATE TABLE log (id int PRIMARY KEY, device_id int NOT NULL REFERENCES device (id));
             CREATE VIEW recent AS SELECT * FROM device;
             INSERT INTO device VALUES (1, '2020-01-01 00:00:00', 'a', 1), (2, '2020-01-01 00:00:00', 'b', 2)",
        )
        .await;
}

/// The policy is refused with the kind, the sentence and the hint.
async fn refused(place: &Place, policy: &str, kind: ErrorKind, message: &str, hint: &str) {
    let error = place.plan(policy).await.expect_err(policy);
    assert_eq!((error.kind(), error.message()), (kind, message), "{policy}: {error:?}");
    assert!(error.hints().iter().any(|one| one.contains(hint)), "{policy}: {error:?}");
    let run = place.run(policy).await.expect_err(policy);
    assert_eq!(run.message(), message, "{policy}");
    assert_eq!(place.ask("SELECT count(*) FROM device").await, "2", "{policy}");
}

async fn a_policy_that_names_what_is_not_there(place: Place) {
    fill(&place).await;
    let config = ErrorKind::Config;
    let old = "column = 'seen'\nolder_than = '1 year'\n";
    refused(
        &place,
        &format!("table = 'devices'\n{old}"),
        config,
        "table `devices` does not exist",
        "did you mean `device`?",
    )
    .await;
    refused(&place, &format!("table = 'recent'\n{old}"), config, "table `recent` is no table", "mainstay tables").await;
    refused(
        &place,
        "table = 'device'\ncolumn = 'seem'\nolder_than = '1 year'",
        config,
        "table `device` has no column `seem`",
        "did you mean `seen`?",
    )
    .await;
    refused(
        &place,
        &format!("table = 'device'\n{old}references = {{ 'log.device' = 'follow' }}"),
        config,
        "there is no reference `log.device`",
        "did you mean `log.device_id`?",
    )
    .await;
    refused(
        &place,
        &format!("table = 'device'\n{old}references = {{ log = 'null' }}"),
        config,
        "log.device_id cannot become NULL: its columns are NOT NULL",
        "let the rows go",
    )
    .await;
    refused(
        &place,
        &format!("table = 'device'\n{old}orphans = {{ log = 'freed' }}"),
        config,
        "no row that goes refers to `log`, so none of its rows is ever freed",
        "`follow`",
    )
    .await;
    refused(
        &place,
        "table = 'log'\nwhere = 'id > 5'\nreferences = { log = 'follow' }",
        config,
        "`log` refers to no table that rows go from",
        "take the line out",
    )
    .await;
    refused(
        &place,
        &format!("table = 'device'\n{old}links = [{{ from = 'log.what', to = 'device.id' }}]"),
        config,
        "table `log` has no column `what`",
        "it has: id, device_id",
    )
    .await;
    refused(
        &place,
        "table = 'device'\ncolumn = 'size'\nolder_than = '1 year'",
        config,
        &format!(
            "column `size` of `device` is of type {}, which keeps no time",
            if place.is_postgres() { "integer" } else { "INT" }
        ),
        "where = ",
    )
    .await;
    place
        .sql(if place.is_postgres() {
            "CREATE SCHEMA mainstay; CREATE TABLE mainstay.journal (id int)"
        } else {
            "CREATE TABLE mainstay_journal (id int)"
        })
        .await;
    let own = if place.is_postgres() { "mainstay.journal" } else { "mainstay_journal" };
    refused(
        &place,
        &format!("table = '{own}'\nwhere = 'id > 5'"),
        ErrorKind::Unsupported,
        &format!("`{own}` is one of Mainstay's own tables"),
        "leave it out",
    )
    .await;
}

async fn conditions_that_cannot_be_run(place: Place) {
    fill(&place).await;
    for (condition, why) in [
        ("size > 1; DROP TABLE device", "it has a semicolon"),
        ("size > 1 -- all", "it has a comment"),
        ("size > 1) OR (1 = 1", "a parenthesis closes that was not opened"),
        ("(size > 1", "a parenthesis stays open"),
        ("name = 'a", "a quote stays open"),
    ] {
        let error = place.plan(&format!("table = 'device'\nwhere = \"{condition}\"")).await.expect_err(condition);
        assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
        assert!(error.message().ends_with(&format!("is not one expression: {why}")), "{error:?}");
    }
    let error = place.plan("table = 'device'\nwhere = 'sise > 1'").await.expect_err("no such column");
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Config, Some("42703")), "{error:?}");
    assert_eq!(error.message(), "a condition of [cleanup.it] cannot be run");
    assert!(error.place().is_some(), "{error:?}");
}

async fn a_policy_that_deletes_everything(place: Place) {
    fill(&place).await;
    let policy = read("table = 'device'\nwhere = '1 = 1'");
    let mut with = With::new(&policy);
    let plan = with.plan(place.session().await.as_mut()).await.unwrap();
    let risks: Vec<String> =
        plan.plan.risks().map(|(_, risk)| format!("{}: {}", risk.hazard.name(), risk.told())).collect();
    assert_eq!(risks, ["deletes-data: deletes rows of 1 table (2 rows)", "empties-table: deletes every row of device"]);
    for allow in [vec![], vec![Hazard::DeletesData], vec![Hazard::EmptiesTable]] {
        with.consent = Consent { allow, confirm: None };
        let error = with.run(place.session().await.as_mut()).await.expect_err("not allowed");
        assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
        // What was given has to be given again.
        let all = "allow it by name: --allow deletes-data,empties-table";
        assert!(error.hints().iter().any(|hint| hint == all), "{error:?}");
        assert_eq!(place.ask("SELECT count(*) FROM device").await, "2");
    }
    with.consent = Consent { allow: vec![Hazard::DeletesData, Hazard::EmptiesTable], confirm: None };
    assert_eq!(with.run(place.session().await.as_mut()).await.unwrap().rows(), 2);
}

#[tokio::test]
async fn an_age_from_before_the_first_year_is_refused() {
    for place in [Place::postgres(), Place::sqlite()] {
        fill(&place).await;
        refused(
            &place,
            "table = 'device'\ncolumn = 'seen'\nolder_than = '3000 years'",
            ErrorKind::Config,
            "the age `3000 years` goes back to before the year 1",
            "older_than = \"10 years\"",
        )
        .await;
    }
}

#[tokio::test]
async fn a_partition_with_a_key_of_its_own_is_refused() {
    let place = Place::postgres();
    place
        .sql(
            "CREATE TABLE other (id int PRIMARY KEY);
             CREATE TABLE log (id int, other int) PARTITION BY LIST (id);
             CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1);
             ALTER TABLE log_1 ADD FOREIGN KEY (other) REFERENCES other (id)",
        )
        .await;
    let error = place.plan("table = 'log'\nwhere = 'true'").await.expect_err("a key of its own");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(error.message(), "foreign key `log_1_other_fkey` is of the partition `log_1` alone");
}
