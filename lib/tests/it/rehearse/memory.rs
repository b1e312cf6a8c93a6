//! Plans know what a rehearsal of the same plan has shown.

use mainstay::ErrorKind;
use mainstay::migrate::{Consent, Goal};
use mainstay::plan::Hazard;
use mainstay::rehearse::Means;

use super::Lab;

const TABLES: &str = "CREATE TABLE log (id int); INSERT INTO log VALUES (1), (2), (3);
CREATE FUNCTION tidy() RETURNS void LANGUAGE sql AS 'DELETE FROM log WHERE id > 1'";

/// The text of the migration says nothing of a loss: only the rehearsal has seen it.
#[tokio::test]
async fn a_loss_that_no_text_tells_needs_consent_once_it_was_rehearsed() {
    let lab = Lab::new(TABLES);
    lab.migration(1, "SELECT tidy()");
    let plan = |lab: &Lab| {
        let database = lab.open();
        async move {
            let source = database.migrations().unwrap().unwrap();
            database.migration_plan(source.as_ref(), &Goal::Up).await.unwrap()
        }
    };
    assert_eq!(plan(&lab).await.plan.risks().count(), 0);
    lab.rehearsed(Means::Any).await;
    let known = plan(&lab).await;
    let told: Vec<String> = known.plan.risks().map(|(_, risk)| risk.told()).collect();
    assert_eq!(told, ["loses rows of public.log (2 lost when rehearsed)"]);
    let place = known.plan.risks().next().unwrap().1.place.clone().unwrap();
    assert!(place.file.ends_with("1_step.up.sql") && place.line == 1);
    assert!(known.rehearsed.unwrap().ends_with("everything succeeded"));

    let migrate = async |consent: Consent| {
        let database = lab.builder().consent(consent).build().unwrap();
        let source = database.migrations().unwrap().unwrap();
        database.migrate(source.as_ref(), &Goal::Up).await
    };
    let error = migrate(Consent::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().contains("loses rows of public.log (2 lost when rehearsed)"), "{error:?}");
    assert_eq!(lab.database.psql("SELECT count(*) FROM log"), "3");

    // Another text is another plan: what was seen of the first says nothing of it.
    lab.migration(1, "SELECT tidy() -- once more\n, 1");
    assert_eq!(plan(&lab).await.plan.risks().count(), 0);
    lab.migration(1, "-- mainstay: allow deletes-data\nSELECT tidy()");
    lab.rehearsed(Means::Any).await;
    assert!(plan(&lab).await.plan.risks().all(|(_, risk)| risk.allowed && risk.hazard == Hazard::DeletesData));
    migrate(Consent::default()).await.unwrap();
    assert_eq!(lab.database.psql("SELECT count(*) FROM log"), "1");
}

/// A project folder that cannot be written to is no reason to fail, and no row's value is ever written down.
#[tokio::test]
async fn what_is_remembered_has_no_values_and_may_not_be_written() {
    let lab = Lab::new(
        "CREATE TABLE person (id int, name text); INSERT INTO person VALUES (1, 'Secretary'), (2, 'Secretary')",
    );
    lab.migration(1, "CREATE UNIQUE INDEX ON person (name)");
    lab.rehearsed(Means::Any).await;
    let folder = lab.path(".mainstay/rehearsals");
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(!text.contains("Secretary"), "{text}");
    }
    std::fs::remove_dir_all(lab.path(".mainstay")).unwrap();
    lab.file(".mainstay", "in the way");
    lab.rehearsed(Means::Any).await;
    assert!(lab.heard.0.lock().unwrap().iter().any(|line| line.contains("is not remembered")));
}
