//! One table into a database that has already what it needs, or does not.

use mainstay::ErrorKind;
use mainstay::restore::{Backup, Options, Way};
use mainstay_testing::{TestDatabase, clients, server};

use super::lab::{Place, dump, into, open, postgres, run};

/// A table, and what it needs: a schema, types, a function, a sequence of its own and one that others use too, a table above it.
const SERVICE: &str = "
CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC; COMMENT ON SCHEMA app IS 'as it was';
CREATE TYPE app.mood AS ENUM ('good', 'bad'); CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE SEQUENCE app.shared; SELECT setval('app.shared', 500);
CREATE TABLE app.above (noted text); INSERT INTO app.above VALUES ('its own'); CREATE INDEX above_noted ON app.above (noted);
CREATE TABLE app.logs (id serial PRIMARY KEY, number int DEFAULT nextval('app.shared'), how app.mood, many app.positive) INHERITS (app.above);
CREATE INDEX logs_how ON app.logs (how);
INSERT INTO app.logs (how, many) SELECT 'good', n FROM generate_series(1, 300) n;
CREATE TRIGGER touched BEFORE UPDATE ON app.logs FOR EACH ROW EXECUTE FUNCTION app.touch();";

fn dumped() -> (TestDatabase, Place) {
    let (source, place) = (server().database(), Place::new());
    source.psql(SERVICE);
    let binaries = clients().into_iter().find(|binaries| binaries.bin == server().binaries().bin).unwrap();
    dump(&binaries, server(), source.name(), &["-Fd"], &place.path());
    (source, place)
}

fn only(database: &TestDatabase) -> Options {
    Options { way: Way::InPlace(database.name().to_owned()), only: vec!["app.logs".to_owned()], ..into("") }
}

async fn backup(place: &Place) -> Backup {
    open(&place.path()).await
}

/// The schema without what is other each time.
fn schema(database: &TestDatabase) -> String {
    let text = database.dump_schema();
    text.lines().filter(|line| !line.contains("restrict ")).map(|line| format!("{line}\n")).collect()
}

const WHOLE: &str = "SELECT (SELECT count(*) FROM app.logs), (SELECT count(*) FROM pg_indexes WHERE tablename = 'logs'), \
  (SELECT count(*) FROM pg_trigger WHERE tgname = 'touched'), (SELECT last_value FROM app.logs_id_seq), \
  (SELECT last_value FROM app.shared), (SELECT count(*) FROM ONLY app.above), (SELECT count(*) FROM pg_indexes WHERE tablename = 'above')";

#[tokio::test]
async fn what_it_needs_is_made_where_it_is_missing() {
    let (_source, place) = dumped();
    let empty = server().database();
    let restored = run(&mut backup(&place).await, &only(&empty), &postgres(empty.target())).await.unwrap();
    // The table above comes with its own row.
    assert_eq!(restored.rows, 301, "{restored:?}");
    assert_eq!(empty.psql(WHOLE), "300|2|1|300|800|1|1");
}

#[tokio::test]
async fn what_is_there_is_used_and_stays_as_it_is() {
    let (source, place) = dumped();
    source.psql(
        "DROP TABLE app.logs; REVOKE USAGE ON SCHEMA app FROM PUBLIC; COMMENT ON SCHEMA app IS 'as it is';
         ALTER TYPE app.mood ADD VALUE 'worse'; SELECT setval('app.shared', 900); INSERT INTO app.above VALUES ('another')",
    );
    let mut backup = backup(&place).await;
    let context = mainstay::engine::Context {
        observer: std::sync::Arc::new(mainstay::observer::Silent),
        dial: None,
        application_name: "only".to_owned(),
    };
    let target = postgres(source.target());
    let servers = mainstay::restore::Servers { target: &target, admin: None, context: &context };
    let plan = mainstay::restore::plan(&mut backup, &only(&source), &servers).await.unwrap();
    assert!(plan.steps[0].starts_with("make what it needs, where that is not there: SCHEMA app"), "{plan:?}");

    let restored = run(&mut backup, &only(&source), &target).await.unwrap();
    assert_eq!(source.psql(WHOLE), "300|2|1|300|900|2|1");
    for what in [
        "SCHEMA app",
        "TYPE app.mood",
        "DOMAIN app.positive",
        "FUNCTION app.touch()",
        "SEQUENCE app.shared",
        "TABLE app.above",
    ] {
        let said = format!("{what}, which is there already and stays as it is");
        assert!(restored.left_out.contains(&said), "{said}: {restored:?}");
    }
    let schema = "SELECT obj_description(oid, 'pg_namespace'), has_schema_privilege('public', oid, 'USAGE') FROM pg_namespace WHERE nspname = 'app'";
    assert_eq!(source.psql(&schema.replace("'public', oid", "'pg_monitor', oid")), "as it is|f");
}

#[tokio::test]
async fn names_of_its_indexes_and_sequences_must_be_free_too() {
    let (source, place) = dumped();
    let before = schema(&source);
    let mut backup = backup(&place).await;
    let error = run(&mut backup, &only(&source), &postgres(source.target())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().ends_with("has a table app.logs already"), "{error:?}");
    // Renaming the table alone, as one would, is not enough.
    source.psql("ALTER TABLE app.logs RENAME TO logs_old");
    let renamed = schema(&source);
    let error = run(&mut backup, &only(&source), &postgres(source.target())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().contains("of app.logs_old already, and the table brings what has that name"), "{error:?}");
    assert_eq!(schema(&source), renamed, "nothing was changed");
    source.psql("ALTER TABLE app.logs_old RENAME TO logs");
    assert_eq!(schema(&source), before);

    // What the hint says is.
    let error = run(&mut backup, &only(&source), &postgres(source.target())).await.unwrap_err();
    let sql = error.hints()[0].split(" -c '").nth(1).unwrap().trim_end_matches('\'').to_owned();
    assert!(sql.contains("ALTER TABLE app.logs RENAME TO logs_old") && sql.contains("ALTER SEQUENCE"), "{sql}");
    source.psql(&sql);
    run(&mut backup, &only(&source), &postgres(source.target())).await.unwrap();
    assert_eq!(source.psql("SELECT (SELECT count(*) FROM app.logs), (SELECT count(*) FROM app.logs_old)"), "300|300");
    assert_eq!(source.psql("INSERT INTO app.logs (how) VALUES ('bad') RETURNING id"), "301");
}
