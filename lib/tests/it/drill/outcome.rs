//! What comes of a drill, and what stays of it.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use mainstay::archive::manifest::{MANIFEST, PROOF, Proof};
use mainstay::backup::{Ledger, plan_delete};
use mainstay::conn::{SqliteTarget, Target};
use mainstay::drill::Ground;
use mainstay::engine::Session;
use mainstay::store::{State, list};
use mainstay::{ErrorKind, Result};
use mainstay_testing::{TestServer, server};

use super::lab::{Lab, at, liar, read};

const TABLES: &str = "
CREATE TABLE events (id bigserial PRIMARY KEY, note text);
INSERT INTO events (note) SELECT md5(n::text) FROM generate_series(1, 3000) n;
CREATE TABLE few (id int PRIMARY KEY, note text);
INSERT INTO few VALUES (1, 'one'), (2, NULL);
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM events;
SELECT lo_from_bytea(0, 'large');";

fn scratches(server: &TestServer) -> String {
    server.psql("postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE 'mainstay_scratch_%'")
}

#[tokio::test]
async fn a_backup_that_comes_out_as_it_was_is_proven() {
    let server = TestServer::start(&[], "");
    let source = server.database();
    source.psql(TABLES);
    let lab = Lab::new(source.target()).await;
    let drilled = lab.drill(|_| ()).await.unwrap();
    assert!(drilled.proven, "{drilled:?}");
    let proof = &drilled.proof;
    assert_eq!((proof.tables, proof.rows, proof.large_objects, proof.sequences), (2, 3002, 1, 1));
    assert_eq!(proof.place, "a scratch database on the target's server");
    assert!(proof.by.contains('@') && proof.server.contains('.'), "{proof:?}");
    assert_eq!(Proof::read(&read(&lab.folder().join(PROOF))).unwrap(), *proof);
    let found = lab.found().await;
    assert_eq!((found.listed.state, found.listed.proven.as_deref()), (State::Proven, Some(proof.at.as_str())));
    assert_eq!(scratches(&server), "0");
    // The newest proven one is given up by name alone.
    let error = plan_delete(lab.store.as_ref(), std::slice::from_ref(&lab.id), &[]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);

    // What it was meanwhile does not help it: a later drill has the last word.
    let mut toc = lab.toc();
    liar(&mut toc, "events", 7);
    lab.replace("toc.dat", &toc.to_bytes()).await;
    assert_eq!(lab.found().await.listed.state, State::Checked, "the proof is of another manifest");
    let drilled = lab.drill(|_| ()).await.unwrap();
    assert!(!drilled.proven);
    let mismatch = &drilled.proof.mismatches[0];
    assert_eq!((drilled.proof.mismatches.len(), mismatch.name.as_str()), (1, "events"));
    assert_eq!(mismatch.ranges.len(), 1, "the range of the key is named: {mismatch:?}");
    assert_eq!(lab.found().await.listed.state, State::Refuted);
    assert_eq!(scratches(&server), "0");
}

#[tokio::test]
async fn without_the_right_to_make_databases_a_private_server_serves() {
    let server = TestServer::start(&[], "");
    server.psql("postgres", "CREATE ROLE plain LOGIN");
    let source = server.database();
    source.psql(&format!(
        "{TABLES} CREATE ROLE owner_elsewhere; ALTER TABLE few OWNER TO owner_elsewhere; GRANT SELECT ON few TO plain"
    ));
    let mut lab = Lab::new(source.target()).await;
    lab.target = source.target_as("plain");
    let error = lab.drill(|order| order.ground = Ground::Server).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    assert!(!lab.folder().join(PROOF).exists(), "what could not be tried says nothing of the backup");
    for target in [source.target_as("plain"), Target::Sqlite(SqliteTarget { path: lab.home.path().join("no.db") })] {
        lab.target = target;
        let drilled = lab.drill(|_| ()).await.unwrap();
        assert!(drilled.proven, "{drilled:?}");
        assert_eq!(drilled.proof.place, "a private server");
    }
}

/// A ledger that always says the same.
struct Says(&'static str);

#[async_trait]
impl Ledger for Says {
    async fn version(&self, _: &mut dyn Session) -> Result<Option<String>> {
        Ok(Some(self.0.to_owned()))
    }
}

#[tokio::test]
async fn migrations_are_at_the_recorded_version() {
    let source = server().database();
    source.psql(TABLES);
    let lab = Lab::new(source.target()).await;
    lab.retell(|manifest| manifest.source.migration = Some("7".to_owned()));
    static SAME: Says = Says("7");
    static OTHER: Says = Says("6");
    let drilled = lab.drill(|order| order.ledger = Some(&SAME)).await.unwrap();
    assert_eq!((drilled.proven, drilled.proof.migration.as_deref()), (true, Some("7")));
    let drilled = lab.drill(|order| order.ledger = Some(&OTHER)).await.unwrap();
    assert_eq!(drilled.proof.failures, ["the migrations are at version 6, and they were at 7"]);
    assert!(!drilled.proven);
}

#[tokio::test]
async fn a_backup_that_is_gone_gets_no_proof() {
    let source = server().database();
    source.psql("CREATE TABLE t AS SELECT 1 AS a");
    let lab = Lab::new(source.target()).await;
    let found = lab.found().await;
    let (path, temporary, context) = (super::lab::search_path(), std::env::temp_dir(), super::lab::context());
    let order = mainstay::drill::Order {
        ground: Ground::Any,
        target: &lab.target,
        admin: None,
        unlocking: None,
        ledger: None,
        jobs: 1,
        search_path: &path,
        temporary: &temporary,
        context: &context,
    };
    std::fs::remove_file(lab.folder().join(MANIFEST)).unwrap();
    let error = mainstay::drill::drill(lab.store.clone(), &found, &order).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    assert!(!lab.folder().join(PROOF).exists());
}

#[tokio::test]
async fn one_that_is_given_up_proves_nothing_and_leaves_nothing() {
    let server = TestServer::start(&[], "");
    let source = server.database();
    source.psql(
        "CREATE FUNCTION slow(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_sleep(0.2); RETURN $1; END';
         CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 3000);
         CREATE INDEX t_slow ON t (slow(a)) WHERE a < 0",
    );
    let lab = Lab::new(source.target()).await;
    let mut toc = lab.toc();
    let index = at(&toc, "INDEX", "t_slow");
    toc.entries[index].definition = Some(b"CREATE INDEX t_slow ON public.t USING btree (public.slow(a));\n".to_vec());
    lab.replace("toc.dat", &toc.to_bytes()).await;
    {
        let drilling = lab.drill(|_| ());
        tokio::pin!(drilling);
        let began = Instant::now();
        while scratches(&server) == "0" {
            assert!(began.elapsed() < Duration::from_secs(30));
            let step = tokio::time::timeout(Duration::from_millis(20), &mut drilling).await;
            assert!(step.is_err(), "the index takes minutes: {step:?}");
        }
    }
    let began = Instant::now();
    while scratches(&server) != "0" {
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!lab.folder().join(PROOF).exists());
    assert_eq!(list(lab.store.as_ref()).await.unwrap()[0].state, State::Checked);
}
