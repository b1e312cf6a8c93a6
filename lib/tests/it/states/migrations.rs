//! Folders of migrations, and what a ledger's migrations produce.

use mainstay::engine::Session;
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

/// Brings the project's database up to version `to`.
async fn up(lab: &Lab, to: &str) -> Box<dyn Session> {
    let home = lab.states.home.clone().unwrap();
    let mut session = mainstay::engine::connect(&home, &lab.states.context).await.unwrap();
    let folder = Folder::read(&lab.path("migrations"), "auto", mainstay::sql::Flavor::Postgres).unwrap();
    let rules = Rules { to: Some(mainstay::dialect::Version::new(to)), ..lab.states.rules.clone() };
    let mut migrator = Migrator::new(session.as_mut(), &folder, &rules, lab.states.context.observer.clone());
    let state = migrator.state().await.unwrap();
    let plan = migrator.plan(&state, &Goal::Up).unwrap();
    migrator.apply(&plan).await.unwrap();
    session
}

#[tokio::test]
async fn a_ledger_produces_what_it_records() {
    let lab = Lab::new(Some(server().database().target()));
    history(&lab);
    let mut session = up(&lab, "20260102000000").await;
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

/// A check that was read in from its printed form, as after a restore, is printed in another way: that is no drift. Nor is an
/// administrator's extension; an owner is.
#[tokio::test]
async fn what_a_restore_and_an_administrator_change_is_no_drift() {
    let lab = Lab::new(Some(server().database().target()));
    lab.file(
        "migrations/20260101000000_a.up.sql",
        "CREATE TABLE a (kind varchar(9) CONSTRAINT kinds CHECK (kind IN ('x', 'y'))); \
         CREATE INDEX named ON a (kind) WHERE kind IN ('x', 'y'); COMMENT ON CONSTRAINT kinds ON a IS 'why'; \
         COMMENT ON INDEX named IS 'too'",
    );
    let mut session = up(&lab, "20260101000000").await;
    let printed = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'kinds'";
    let before = session.query(printed).await.unwrap();
    let restore = "DO $$ DECLARE made text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'kinds'); \
                   index text := pg_get_indexdef('named'::regclass); \
                   BEGIN EXECUTE 'ALTER TABLE a DROP CONSTRAINT kinds, ADD CONSTRAINT kinds ' || made; \
                   DROP INDEX named; EXECUTE index; END $$; COMMENT ON CONSTRAINT kinds ON a IS 'why'; \
                   COMMENT ON INDEX named IS 'too'; CREATE EXTENSION citext";
    session.query(restore).await.unwrap();
    assert_ne!(session.query(printed).await.unwrap(), before, "printed in another way");
    assert_eq!(lab.states.verify().await.unwrap().drift, Some(Vec::new()));

    session.query("ALTER TABLE a OWNER TO pg_database_owner; ALTER TABLE a DROP CONSTRAINT kinds").await.unwrap();
    session.close().await;
    let drift = lab.states.verify().await.unwrap().drift.unwrap();
    let told: Vec<String> = drift.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "changed table public.a: owner is pg_database_owner, expected postgres",
            "missing constraint kinds on public.a"
        ]
    );
}
