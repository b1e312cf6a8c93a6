//! Tests of `trace`: statements whose effects are known, seen on a real server.

use std::sync::Arc;

use mainstay::conn::{SqliteTarget, Target};
use mainstay::engine::{Context, Session, connect};
use mainstay::observer::Silent;
use mainstay::sql::{Flavor, Statement, split};
use mainstay::trace::{self, Traced, Tracer};
use mainstay_testing::{TestDatabase, TestServer, server, server_of};

const TABLES: &str = "
    CREATE TABLE a (id int PRIMARY KEY, name varchar(10));
    CREATE TABLE b (id int PRIMARY KEY, a int);
    INSERT INTO a SELECT n, n FROM generate_series(1, 500) n;
    INSERT INTO b SELECT n, n FROM generate_series(1, 500) n;
    CREATE INDEX b_a ON b (a);
    CREATE MATERIALIZED VIEW m AS SELECT * FROM a;
    CREATE SEQUENCE s;
    CREATE SCHEMA other;
    CREATE TABLE other.c (id int);
";

pub async fn session(database: &TestDatabase) -> Box<dyn Session> {
    let context = Context { observer: Arc::new(Silent), dial: None, application_name: "test".into() };
    connect(&database.target(), &context).await.unwrap()
}

pub fn statement(sql: &str) -> Statement<'_> {
    split(sql, Flavor::Postgres).unwrap()[0]
}

fn told(traced: &Traced) -> String {
    let mut lines = Vec::new();
    for lock in &traced.locks {
        let new = if lock.existed { "" } else { " (new)" };
        lines.push(format!("{}{new}: {}", lock.relation, lock.mode));
    }
    lines.extend(traced.scanned.iter().map(|name| format!("scanned {name}")));
    lines.extend(traced.rewritten.iter().map(|name| format!("rewritten {name}")));
    lines.join("; ")
}

async fn check(server: &TestServer, cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (sql, expected) in cases {
        let database = server.database();
        database.psql(TABLES);
        let traced = trace::alone(&mut *session(&database).await, &statement(sql)).await.unwrap();
        assert!(traced.seconds > 0.0 && !traced.polled);
        if told(&traced) != *expected {
            wrong.push(format!("{sql}\n    {}", told(&traced)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn locks_scans_and_rewrites_are_seen() {
    let cases = [
        ("SELECT 1", ""),
        ("ALTER TABLE a ADD COLUMN x int", "public.a: access exclusive"),
        ("ALTER TABLE a ALTER name SET NOT NULL", "public.a: access exclusive; scanned public.a"),
        ("CREATE INDEX i ON other.c (id)", "other.c: share; other.i (new): access exclusive; scanned other.c"),
        ("CREATE TABLE t (a int)", "public.t (new): access exclusive"),
        ("DROP TABLE other.c", "other.c: access exclusive"),
        ("ALTER TABLE other.c RENAME TO d", "other.c: access exclusive"),
        ("ALTER SEQUENCE s RESTART", "public.s: share row exclusive"),
        ("TRUNCATE other.c", "other.c: access exclusive"),
        (
            "ALTER TABLE b ADD FOREIGN KEY (a) REFERENCES a",
            "public.a: share row exclusive; public.a_pkey: access share; public.b: share row exclusive; \
             public.b_a: access share; public.b_pkey: access share; scanned public.a; scanned public.b",
        ),
        (
            "ALTER TABLE b ALTER id TYPE bigint",
            "public.b: access exclusive; public.b_a: access exclusive; public.b_pkey: access exclusive; \
             scanned public.b; rewritten public.b; rewritten public.b_a; rewritten public.b_pkey",
        ),
        (
            "REFRESH MATERIALIZED VIEW m",
            "public.a: access share; public.a_pkey: access share; public.m: access exclusive; \
             scanned public.a; rewritten public.m",
        ),
        (
            "CLUSTER b USING b_a",
            "public.b: access exclusive; public.b_a: access exclusive; public.b_pkey: access exclusive; \
             scanned public.b; rewritten public.b; rewritten public.b_a; rewritten public.b_pkey",
        ),
        (
            "REINDEX TABLE b",
            "public.b: share; public.b_a: access exclusive; public.b_pkey: access exclusive; \
             scanned public.b; rewritten public.b_a; rewritten public.b_pkey",
        ),
    ];
    check(server(), &cases).await;
    check(server_of(18), &cases).await;
    check(server_of(13), &cases).await;
}

#[tokio::test]
async fn a_transaction_tells_what_each_statement_adds() {
    let database = server().database();
    database.psql(TABLES);
    let mut session = session(&database).await;
    session.query("BEGIN").await.unwrap();
    let mut tracer = Tracer::begin(&mut *session).await.unwrap();
    for (sql, expected) in [
        ("SELECT * FROM other.c", "other.c: access share; scanned other.c"),
        ("SELECT * FROM other.c", "scanned other.c"),
        ("ALTER TABLE other.c RENAME TO d", "other.c: access exclusive"),
        ("CREATE INDEX i ON other.d (id)", "other.i (new): access exclusive; scanned other.d"),
        (
            "ALTER TABLE other.d ALTER id TYPE bigint",
            "other.i: access exclusive; scanned other.d; rewritten other.d; rewritten other.i",
        ),
        ("ALTER SCHEMA other RENAME TO others", ""),
        ("DROP TABLE others.d", ""),
    ] {
        let traced = tracer.run(&mut *session, &statement(sql)).await.unwrap();
        assert_eq!(told(&traced), expected, "{sql}");
    }
    let refused = tracer.run(&mut *session, &statement("SELECT 1 / 0")).await.unwrap_err();
    assert!(refused.sql().is_some(), "{refused:?}");
}

#[tokio::test]
async fn what_fails_leaves_nothing_open() {
    let database = server().database();
    let mut session = session(&database).await;
    trace::alone(&mut *session, &statement("DROP TABLE nobody")).await.unwrap_err();
    assert_eq!(session.query("SELECT 1").await.unwrap().len(), 1, "the transaction is over");
}

#[tokio::test]
async fn what_runs_in_no_transaction_is_polled() {
    let database = server().database();
    database.psql(TABLES);
    database.psql("INSERT INTO b SELECT n, n FROM generate_series(501, 200000) n");
    let (mut session, mut watcher) = (session(&database).await, session(&database).await);
    let mut polled = async |sql: &str| {
        let traced = trace::polled(&mut *session, &statement(sql), &mut *watcher).await.unwrap();
        assert!(traced.polled && traced.seconds > 0.0);
        told(&traced)
    };
    let built = polled("CREATE INDEX CONCURRENTLY i ON b (a, id)").await;
    assert!(built.contains("public.b: share update exclusive"), "{built}");
    assert!(!built.contains("rewritten"), "{built}");
    let full = polled("VACUUM FULL b").await;
    assert!(full.contains("public.b: access exclusive"), "{full}");
    assert!(full.contains("rewritten public.b; rewritten public.b_a"), "{full}");
    let again = polled("REINDEX INDEX CONCURRENTLY b_a").await;
    assert!(again.ends_with("rewritten public.b_a"), "{again}");
    polled("ALTER TABLE b ADD CONSTRAINT k UNIQUE (id)").await;
    polled("CREATE UNIQUE INDEX k__new ON b (id, a)").await;
    // The one index takes the other's name, and is what it was.
    let swapped = polled("ALTER TABLE b DROP CONSTRAINT k, ADD CONSTRAINT k UNIQUE USING INDEX k__new").await;
    assert!(!swapped.contains("rewritten"), "{swapped}");
}

#[tokio::test]
async fn sqlite_tells_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::Sqlite(SqliteTarget { path: folder.path().join("a.sqlite3") });
    let context = Context { observer: Arc::new(Silent), dial: None, application_name: "test".into() };
    let mut session = connect(&target, &context).await.unwrap();
    let traced = trace::alone(&mut *session, &statement("CREATE TABLE t (a)")).await.unwrap();
    assert!(traced.seconds > 0.0 && traced.locks.is_empty());
}
