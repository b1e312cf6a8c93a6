//! What is wrong is found, what mends it does, and a healthy server has nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use mainstay::conn::Target;
use mainstay::doctor::{CHECKS, Examined, SeenBy, examine};
use mainstay::engine::{Context, Session, connect};
use mainstay::observer::Silent;
use mainstay_testing::{TestServer, server, server_of, start_server_of};

async fn session(target: &Target) -> Box<dyn Session> {
    let context = Context { observer: Arc::new(Silent), dial: None, application_name: "doctor".to_owned() };
    connect(target, &context).await.unwrap()
}

async fn examined(target: &Target, role: &str) -> Examined {
    let mut session = session(target).await;
    let examined = examine(session.as_mut(), role).await.unwrap();
    session.close().await;
    examined
}

fn names(examined: &Examined) -> BTreeSet<&'static str> {
    examined.findings.iter().map(|finding| finding.check).collect()
}

#[tokio::test]
async fn each_example_is_found_and_its_command_mends_it() {
    for check in CHECKS.iter().filter(|check| !check.example.is_empty()) {
        let database = server().database();
        let before = examined(&database.target(), "app").await;
        assert!(!names(&before).contains(check.name), "{} is found in an empty database", check.name);
        for statement in check.example {
            database.psql(statement);
        }
        let sick = examined(&database.target(), "app").await;
        let findings: Vec<_> = sick.findings.iter().filter(|finding| finding.check == check.name).collect();
        assert!(!findings.is_empty(), "{} does not find its example", check.name);
        for finding in findings {
            assert!(!finding.object.is_empty() && !finding.evidence.is_empty(), "{finding:?}");
            database.psql(&finding.mend);
        }
        let mended = examined(&database.target(), "app").await;
        assert!(!names(&mended).contains(check.name), "{} is not mended", check.name);
    }
}

/// A server on which all is wrong that is not a matter of one database.
fn sick() -> TestServer {
    let settings = [
        ("autovacuum", "off"),
        ("autovacuum_freeze_max_age", "100000"),
        ("max_prepared_transactions", "2"),
        ("max_connections", "9"),
        ("superuser_reserved_connections", "3"),
        ("max_wal_senders", "2"),
        ("password_encryption", "md5"),
        ("wal_level", "replica"),
        ("archive_mode", "on"),
        ("archive_command", "false"),
    ];
    let server = TestServer::start(&settings, "local all all trust\nhost all all 192.0.2.0/24 trust");
    for statement in [
        "CREATE ROLE old LOGIN PASSWORD 'secret'",
        "SELECT pg_create_physical_replication_slot('left', true)",
        "BEGIN; CREATE TABLE held (); PREPARE TRANSACTION 'left'",
        "CREATE DATABASE \"walt_before_20261121T221000Z\"",
        "CREATE DATABASE half",
        "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'half'",
        "CREATE DATABASE bytes TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'",
        "CREATE DATABASE sorted TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de'",
        "UPDATE pg_database SET datcollversion = '1' WHERE datname = 'sorted'",
        "ALTER SYSTEM SET wal_buffers = '4MB'",
        // Each commit takes a number: three times as many as autovacuum waits for.
        "CREATE PROCEDURE grow() LANGUAGE plpgsql AS \
           'BEGIN FOR n IN 1..301000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END'",
        "CALL grow()",
        "SELECT pg_reload_conf()",
        "SELECT pg_switch_wal()",
    ] {
        server.psql("postgres", statement);
    }
    let files = server.data().join("postgresql.auto.conf");
    let text = std::fs::read_to_string(&files).unwrap();
    std::fs::write(&files, format!("{text}\nmax_files_per_process = 'many'\n")).unwrap();
    server
}

/// Whether a check finds what it should, once the server has come to it: the archiver and a reload work in the background.
async fn comes(target: &Target, wanted: &[&str]) -> Examined {
    for _ in 0..600 {
        let found = examined(target, "postgres").await;
        let names = names(&found);
        if wanted.iter().all(|name| names.contains(name)) {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let found = names(&examined(target, "postgres").await);
    panic!("{:?} are not found", wanted.iter().filter(|name| !found.contains(*name)).collect::<Vec<_>>());
}

#[tokio::test]
async fn each_fault_of_a_server_is_found() {
    let server = sick();
    let at = |database: &str| Target::Postgres(server.target("postgres", database));
    let mut seen = BTreeSet::new();
    let wanted = [
        "pending-restart",
        "settings-file",
        "durability",
        "wraparound",
        "superuser-application",
        "trust-from-afar",
        "md5-passwords",
        "autovacuum-off",
        "replication-slot-idle",
        "prepared-transaction",
        "archiving-fails",
        "invalid-database",
        "kept-database",
    ];
    let found = comes(&at("postgres"), &wanted).await;
    assert_eq!(found.left_out, []);
    seen.extend(names(&found));
    seen.extend(names(&comes(&at("bytes"), &["no-encoding"]).await));
    seen.extend(names(&comes(&at("sorted"), &["database-collation"]).await));

    // Five of six places; ours is not counted.
    let mut others = Vec::new();
    for _ in 0..5 {
        others.push(session(&at("postgres")).await);
    }
    let found = comes(&at("postgres"), &["connections-near-limit"]).await;
    let finding = found.findings.iter().find(|finding| finding.check == "connections-near-limit").unwrap();
    assert_eq!(finding.evidence, "5 of 6 are taken: postgres 5");
    assert!(finding.mend.starts_with("smaller pools: together at most 4 connections"), "{}", finding.mend);
    seen.extend(names(&found));

    seen.extend(names(&examined(&Target::Postgres(server_of(13).target("postgres", "postgres")), "app").await));
    let by_example = CHECKS.iter().filter(|check| !check.example.is_empty()).map(|check| check.name);
    seen.extend(by_example);
    seen.extend(names(&standby(15).await));
    // Pages without checksums are told of where a cluster was made so.
    let unseen: Vec<_> = CHECKS.iter().map(|check| check.name).filter(|name| !seen.contains(name)).collect();
    assert!(unseen.is_empty() || unseen == ["checksums-off"], "{unseen:?}");
}

/// What is found on a standby of the version `major`, as a superuser.
async fn standby(major: u32) -> Examined {
    let mut server = start_server_of(major);
    server.psql("postgres", "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 1000)");
    server.restart_as_standby();
    examined(&Target::Postgres(server.target("postgres", "postgres")), "app").await
}

#[tokio::test]
async fn a_standby_is_examined_and_told_of_a_faulty_minor() {
    for (major, corrected) in [(13, None), (15, Some(150_020)), (18, Some(180_007))] {
        let version: u32 = server_of(major).psql("postgres", "SHOW server_version_num").parse().unwrap();
        let found = standby(major).await;
        assert_eq!(found.left_out, [], "{major}");
        let faulty = corrected.is_some_and(|corrected| version < corrected);
        assert_eq!(names(&found).contains("unsafe-minor"), faulty, "{version}: {found:?}");
    }
}

#[tokio::test]
async fn a_healthy_server_has_nothing() {
    let server = TestServer::start(&[("fsync", "on"), ("full_page_writes", "on")], "");
    server.psql("postgres", "CREATE ROLE keeper LOGIN; CREATE ROLE app LOGIN; CREATE DATABASE service OWNER keeper");
    for sql in [
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "CREATE TABLE devices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)",
        "CREATE TABLE readings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, device bigint NOT NULL REFERENCES devices)",
        "CREATE INDEX ON readings (device)",
        "INSERT INTO devices (name) SELECT n::text FROM generate_series(1, 100) n",
        "INSERT INTO readings (device) SELECT n % 100 + 1 FROM generate_series(1, 50000) n",
        "ANALYZE",
    ] {
        server.psql("service", sql);
    }
    let off = server.psql("service", "SHOW data_checksums") == "off";
    let examined = examined(&Target::Postgres(server.target("postgres", "service")), "app").await;
    assert_eq!(names(&examined), if off { BTreeSet::from(["checksums-off"]) } else { BTreeSet::new() }, "{examined:?}");
    assert_eq!(examined.left_out, []);
}

#[tokio::test]
async fn every_version_is_examined_and_what_a_role_may_not_see_is_said() {
    for major in [13, 14, 15, 16, 17, 18] {
        let server = server_of(major);
        let database = server.database();
        let found = examined(&database.target(), "app").await;
        assert_eq!(found.left_out, [], "{major}");
        let _ = server.try_psql("postgres", "postgres", "CREATE ROLE looker LOGIN");
        let found = examined(&database.target_as("looker"), "looker").await;
        let hidden: BTreeSet<_> = found.left_out.iter().map(|(name, _)| *name).collect();
        let of_superusers = CHECKS.iter().filter(|check| check.seen_by == SeenBy::Superuser).map(|check| check.name);
        assert_eq!(hidden, of_superusers.collect(), "{major}: {:?}", found.left_out);
    }
}
