//! Folders of migrations, and what a ledger's migrations produce.

use mainstay::migrate::{Folder, Goal, Migrator, Rules};
use mainstay::states::State;
use mainstay_testing::server;

use crate::states::{Lab, tables};

fn history(lab: &Lab) {
    lab.file("migrations/20260101000000_a.up.sql", "CREATE TABLE a (id int)");
    lab.file("migrations/20260101000000_a.down.sql", "DROP TABLE a");
    lab.file("migrations/20260102000000_b.up.sql", "CREATE TABLE b (id int); CREATE INDEX i ON a (id)");
    lab.file("migrations/20260103000000_c.up.sql", "CREATE TABLE c (id int)");
}

#[tokio::test]
async fn a_folder_produces_what_its_migrations_make() {
    let lab = Lab::new(Some(server().database().target()));
    history(&lab);
    let read = lab.states.read(&State::Migrations(lab.path("migrations"))).await.unwrap();
    let own = |name: &&str| !["migration", "journal", "setting", "lease"].contains(name);
    assert_eq!(tables(&read.catalog).into_iter().filter(own).collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_ledger_produces_what_it_records() {
    let lab = Lab::new(Some(server().database().target()));
    history(&lab);
    let home = lab.states.home.clone().unwrap();
    let mut session = mainstay::engine::connect(&home, &lab.states.context).await.unwrap();
    let folder = Folder::read(&lab.path("migrations"), "auto", mainstay::sql::Flavor::Postgres).unwrap();
    let rules = Rules { to: Some(mainstay::dialect::Version::new("20260102000000")), ..lab.states.rules.clone() };
    let mut migrator = Migrator::new(session.as_mut(), &folder, &rules, lab.states.context.observer.clone());
    let state = migrator.state().await.unwrap();
    let plan = migrator.plan(&state, &Goal::Up).unwrap();
    migrator.apply(&plan).await.unwrap();
    session.query("CREATE TABLE by_hand ()").await.unwrap();
    session.close().await;
    let read = lab.states.read(&State::Ledger).await.unwrap();
    let own = |name: &&str| ["a", "b", "c", "by_hand"].contains(name);
    assert_eq!(tables(&read.catalog).into_iter().filter(own).collect::<Vec<_>>(), ["a", "b"]);

    // An edited file is not what the ledger has had.
    lab.file("migrations/20260101000000_a.up.sql", "CREATE TABLE a (id bigint)");
    let error = lab.states.read(&State::Ledger).await.unwrap_err();
    assert_eq!(error.kind(), mainstay::ErrorKind::Verification);
}
