//! Ledgers that know migrations by id or name. The tables are made as their tools make them.

use mainstay::ErrorKind;
use mainstay::sql::Flavor;

use super::super::lab::{Lab, versions};
use super::{adopt, rows};

const ALEMBIC: &str = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, \
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))";
const DJANGO: &str = "CREATE TABLE django_migrations (id integer NOT NULL PRIMARY KEY, app varchar(255) NOT NULL, \
    name varchar(255) NOT NULL, applied timestamp NOT NULL)";
const SOUTH: &str = "CREATE TABLE south_migrationhistory (id integer NOT NULL PRIMARY KEY, app_name varchar(255) NOT NULL, \
    migration varchar(255) NOT NULL, applied timestamp NOT NULL)";
const PRISMA: &str = "CREATE TABLE _prisma_migrations (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, \
    finished_at TIMESTAMP, migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMP, \
    started_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, applied_steps_count INTEGER NOT NULL DEFAULT 0)";
const KNEX: &str = "CREATE TABLE knex_migrations (id integer NOT NULL PRIMARY KEY, name varchar(255), batch integer, \
    migration_time timestamp)";
const ENTITY_FRAMEWORK: &str = "CREATE TABLE \"__EFMigrationsHistory\" (\"MigrationId\" varchar(150) NOT NULL PRIMARY KEY, \
    \"ProductVersion\" varchar(32) NOT NULL)";

/// A database with two tables, as `ledger` says, and a folder with files of these names for them and a third.
async fn lab(flavor: Flavor, ledger: &[&str], files: [&str; 3]) -> Lab {
    let lab = Lab::new(flavor, "mainstay");
    let steps = ["CREATE TABLE a (id int)", "CREATE TABLE b (id int)", "CREATE TABLE c (id int)"];
    lab.query(steps[0]).await;
    lab.query(steps[1]).await;
    for statement in ledger {
        lab.query(statement).await;
    }
    for (file, step) in files.iter().zip(steps) {
        lab.write(&format!("{file}.up.sql"), step);
    }
    lab
}

async fn check(ledger: &[&str], files: [&str; 3]) {
    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        let lab = lab(flavor, ledger, files).await;
        let (adoption, _) = adopt(&lab, None).await.unwrap_or_else(|error| panic!("{ledger:?}: {error:?}"));
        assert_eq!(adoption.missing.len(), 2, "{ledger:?}");
        assert_eq!(adoption.left.len(), 1, "{ledger:?}");
        let third = files[2].split('_').next().expect("a version");
        assert_eq!(versions(&lab.up().await.expect("goes on")), [third], "{ledger:?}");
        lab.query(adoption.left[0].drop.split('\'').nth(1).expect("a statement")).await;
        assert!(lab.state().await.expect("reads").pending.is_empty(), "{ledger:?}: the table may go");
    }
}

#[tokio::test]
async fn an_id_means_all_before_it() {
    let head = "INSERT INTO alembic_version VALUES ('b4e11a52ea52')";
    check(
        &[ALEMBIC, head],
        ["20260101000000_258490f6e667", "20260102000000_b4e11a52ea52", "20260103000000_0123456789ab"],
    )
    .await;
    check(&[ALEMBIC, head], ["1_258490f6e667_users", "2_b4e11a52ea52_add_retry", "3_0123456789ab_more"]).await;
    check(&[ALEMBIC, "INSERT INTO alembic_version VALUES ('0002')"], ["0001_a", "0002_b", "0003_c"]).await;
}

#[tokio::test]
async fn names_of_an_app() {
    let rows = "INSERT INTO django_migrations VALUES (1, 'core', '0001_initial', '2026-01-01'), \
        (2, 'core', '0002_logs', '2026-01-01')";
    check(&[DJANGO, rows], ["0001_initial", "0002_logs", "0003_more"]).await;
    let rows = "INSERT INTO django_migrations VALUES (1, 'core', '0001_initial', '2026-01-01'), \
        (2, 'logs', '0001_initial', '2026-01-01')";
    check(&[DJANGO, rows], ["1_core_0001_initial", "2_logs_0001_initial", "3_core_0002_more"]).await;
    let rows = "INSERT INTO south_migrationhistory VALUES (1, 'tomato', '0001_initial', '2013-01-01'), \
        (2, 'tomato', '0002_auto__add_field_x', '2013-01-01')";
    check(&[SOUTH, rows], ["20260101000000_0001_initial", "20260102000000_0002_auto_add_field_x", "20260103000000_c"])
        .await;
}

#[tokio::test]
async fn names_with_a_number() {
    let files = ["20260101000000_a", "20260102000000_b", "20260103000000_c"];
    let prisma = "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, rolled_back_at) VALUES \
        ('1', '', '2026-01-01', '20260101000000_a', NULL), ('2', '', NULL, '20260102000000_b', '2026-01-01'), \
        ('3', '', '2026-01-02', '20260102000000_b', NULL)";
    check(&[PRISMA, prisma], files).await;
    let knex = "INSERT INTO knex_migrations (id, name) VALUES (1, '20260101000000_a.js'), (2, '20260102000000_b.js')";
    check(&[KNEX, knex], files).await;
    let framework =
        "INSERT INTO \"__EFMigrationsHistory\" VALUES ('20260101000000_A', '9.0'), ('20260102000000_B', '9.0')";
    check(&[ENTITY_FRAMEWORK, framework], files).await;
}

#[tokio::test]
async fn what_fits_no_file_is_listed_and_nothing_is_written() {
    let rows_of = "INSERT INTO django_migrations VALUES (1, 'core', '0001_initial', '2026-01-01'), \
        (2, 'auth', '0001_initial', '2026-01-01'), (3, 'core', '0002_logs', '2026-01-01')";
    let lab = lab(Flavor::Postgres, &[DJANGO, rows_of], ["1_core_0001_initial", "2_core_0002_logs", "3_c"]).await;
    let error = adopt(&lab, None).await.expect_err("auth has no file");
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert!(error.message().contains("1 of 3 records in Django's table django_migrations fit no file"), "{error:?}");
    assert!(error.message().ends_with(": auth.0001_initial"), "{error:?}");
    assert!(!lab.has_table("mainstay.migration").await);
    adopt(&lab, Some("2")).await.expect("told by hand");
    assert_eq!(rows(&lab, "mainstay.migration").await, "2");
}

#[tokio::test]
async fn two_ledgers_are_not_chosen_between() {
    let ledgers = [
        ALEMBIC,
        "INSERT INTO alembic_version VALUES ('1')",
        KNEX,
        "INSERT INTO knex_migrations VALUES (1, '1_a', 1, NULL)",
    ];
    let lab = lab(Flavor::Postgres, &ledgers, ["1_a", "2_b", "3_c"]).await;
    let error = adopt(&lab, None).await.expect_err("two of them");
    assert!(error.message().contains("alembic_version (Alembic), knex_migrations (Knex)"), "{error:?}");
    assert!(error.hints()[0].contains("mainstay migrate adopt --at 3"), "{error:?}");
    let (adoption, _) = adopt(&lab, Some("2")).await.expect("told by hand");
    assert_eq!(adoption.left.len(), 2);
}

#[tokio::test]
async fn a_table_that_only_has_the_name() {
    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        let lab = lab(flavor, &["CREATE TABLE schema_migrations (id int)"], ["1_a", "2_b", "3_c"]).await;
        let error = adopt(&lab, None).await.expect_err("another program's");
        assert!(error.message().contains("has no ledger that tells"), "{error:?}");
        // It is a table of the service like any other, and the files do not make it.
        let error = adopt(&lab, Some("2")).await.expect_err("an extra table");
        assert!(format!("{error:?}").contains("schema_migrations"), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::Verification);
    }
}

#[tokio::test]
async fn a_table_with_the_ledgers_columns_that_says_something_else() {
    let strange = ["CREATE TABLE schema_migrations (version text)", "INSERT INTO schema_migrations VALUES ('one')"];
    let lab = lab(Flavor::Postgres, &strange, ["1_a", "2_b", "3_c"]).await;
    let error = adopt(&lab, None).await.expect_err("no version");
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert!(error.message().contains("schema_migrations is not as dbmate keeps it: a version is `one`"), "{error:?}");
    assert!(error.hints().iter().any(|hint| hint.ends_with("mainstay migrate adopt --at VERSION")), "{error:?}");
    adopt(&lab, Some("2")).await.expect("told by hand");
}

#[tokio::test]
async fn an_empty_ledger_tells_nothing() {
    let lab = lab(Flavor::Postgres, &[ALEMBIC], ["1_a", "2_b", "3_c"]).await;
    let error = adopt(&lab, None).await.expect_err("no version");
    assert!(error.message().contains("has no ledger that tells"), "{error:?}");
}

#[tokio::test]
async fn what_never_ended_is_left_to_its_tool() {
    let ledger = "CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)";
    let lab =
        lab(Flavor::Postgres, &[ledger, "INSERT INTO schema_migrations VALUES (2, true)"], ["1_a", "2_b", "3_c"]).await;
    let error = adopt(&lab, None).await.expect_err("dirty");
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    assert!(error.hints()[0].contains("golang-migrate first"), "{error:?}");
    lab.query("UPDATE schema_migrations SET dirty = false").await;
    adopt(&lab, None).await.expect("clean");
}
