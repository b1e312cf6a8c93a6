//! In place of what a database has: nothing of it stays, neither in its schemas nor outside of them.

use mainstay::ErrorKind;
use mainstay::restore::{Consent, Options, Way};
use mainstay_testing::{TestServer, clients};

use super::lab::{Place, dump, into, open, postgres, roles, run, told};

/// What lies in no schema, and what listens to changes.
const OUTSIDE: &str = "
CREATE SCHEMA other;
CREATE TYPE other.pair AS (a int, b int);
CREATE FUNCTION other.to_pair(int) RETURNS other.pair LANGUAGE sql AS 'SELECT ROW($1, $1)::other.pair';
CREATE CAST (int AS other.pair) WITH FUNCTION other.to_pair(int);
CREATE CAST (int4range AS text) WITH INOUT AS ASSIGNMENT;
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;
CREATE USER MAPPING FOR restore_reader SERVER nowhere;
CREATE FOREIGN TABLE other.far (a int) SERVER nowhere;
CREATE ACCESS METHOD heaps TYPE TABLE HANDLER heap_tableam_handler;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO restore_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE restore_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;";

/// Nothing can be dropped as long as this is there.
const WATCHER: &str = "
CREATE FUNCTION other.no() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''nothing is dropped here''; END';
CREATE EVENT TRIGGER never ON sql_drop EXECUTE FUNCTION other.no();";

fn cleaned(name: &str) -> Options {
    Options {
        way: Way::InPlace(name.to_owned()),
        clean: true,
        consent: Consent { agreed: false, name: Some(name.to_owned()) },
        ..into("")
    }
}

#[tokio::test]
async fn what_lies_outside_of_schemas_goes_too() {
    let server = TestServer::start(&[("wal_level", "logical")], "");
    roles(&server);
    let source = server.database();
    source.psql("CREATE TABLE t AS SELECT generate_series(1, 50) AS a; CREATE PUBLICATION everything FOR TABLE t");
    let place = Place::new();
    let binaries = clients().into_iter().find(|binaries| binaries.bin == server.binaries().bin).unwrap();
    dump(&binaries, &server, source.name(), &["-Fd"], &place.path());
    let target = server.database();
    target.psql(OUTSIDE);

    // What cannot go keeps all of it.
    target.psql("CREATE SUBSCRIPTION far CONNECTION 'host=/nowhere' PUBLICATION p WITH (connect = false)");
    let before = told(&binaries, &server, target.name());
    let options = cleaned(target.name());
    let error = run(&mut open(&place.path()).await, &options, &postgres(target.target())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    assert!(error.hints()[0].contains("DROP SUBSCRIPTION far"), "{error:?}");
    assert_eq!(told(&binaries, &server, target.name()), before);
    target.psql("ALTER SUBSCRIPTION far SET (slot_name = NONE)");
    target.psql("DROP SUBSCRIPTION far");
    target.psql(WATCHER);

    run(&mut open(&place.path()).await, &options, &postgres(target.target())).await.unwrap();
    assert_eq!(told(&binaries, &server, target.name()), told(&binaries, &server, source.name()));
    let left = "SELECT (SELECT count(*) FROM pg_default_acl), (SELECT count(*) FROM pg_event_trigger), \
        (SELECT count(*) FROM pg_cast WHERE oid >= 16384), (SELECT count(*) FROM pg_foreign_data_wrapper), \
        (SELECT count(*) FROM pg_am WHERE oid >= 16384), (SELECT relacl FROM pg_class WHERE relname = 't')";
    assert_eq!(target.psql(left), "0|0|0|0|0|");
}
