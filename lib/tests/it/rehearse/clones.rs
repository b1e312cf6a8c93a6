//! Both ways to a clone, who owns what on it, and what becomes of it.

use mainstay::conn::Target;
use mainstay::engine::{Context, connect};
use mainstay::observer::Silent;
use mainstay::rehearse::{How, Means, Options};
use mainstay_testing::{TestServer, server};

use super::Lab;

const TABLES: &str = "
CREATE SCHEMA app; CREATE TABLE app.log (id int PRIMARY KEY, note text);
INSERT INTO app.log VALUES (1, 'a'), (2, NULL);
CREATE SEQUENCE app.numbers; SELECT setval('app.numbers', 41)";

/// What a migration sees on the clone.
const LOOK: &str = "CREATE TABLE seen AS SELECT nextval('app.numbers') AS number;
ALTER TABLE app.log ALTER note SET NOT NULL";

#[tokio::test]
async fn by_the_server_where_nobody_is_connected() {
    let lab = Lab::new(TABLES);
    lab.migration(1, LOOK);
    for (means, how) in [(Means::Any, How::Template), (Means::Template, How::Template), (Means::Dump, How::Dump)] {
        let rehearsal = lab.rehearsed(means).await;
        let clone = rehearsal.clone.unwrap();
        assert_eq!((clone.how, clone.because), (how, None), "{means:?}");
        assert!(clone.bytes > Some(1_000_000) && clone.kept.is_none());
        let offence = rehearsal.migrations[0].failure.as_ref().unwrap().offence.as_ref().unwrap();
        assert_eq!(offence.examples, ["id=2"]);
    }
}

#[tokio::test]
async fn from_a_dump_where_somebody_is() {
    let lab = Lab::new(TABLES);
    lab.migration(1, LOOK);
    let context = Context { observer: std::sync::Arc::new(Silent), dial: None, application_name: "busy".into() };
    let mut busy = connect(&Target::Postgres(lab.target()), &context).await.unwrap();
    busy.query("BEGIN; INSERT INTO app.log VALUES (3, 'not yet')").await.unwrap();
    let rehearsal = lab.rehearse(Means::Any).await.unwrap();
    let clone = rehearsal.clone.unwrap();
    assert_eq!((clone.how, clone.because.as_deref()), (How::Dump, Some("1 other session is connected to it")));
    let error = lab.rehearse(Means::Template).await.unwrap_err();
    assert_eq!(error.message(), "1 other session is connected to it");
    busy.query("COMMIT").await.unwrap();
}

/// Owners, settings and rights are as they are there, and rows as little to be seen by others.
#[tokio::test]
async fn a_clone_is_like_its_original_and_nobody_elses() {
    let server = TestServer::start(&[], "");
    server.psql("postgres", "CREATE ROLE walt LOGIN CREATEDB; CREATE ROLE other LOGIN; CREATE DATABASE w OWNER walt");
    server.psql(
        "w",
        "ALTER DATABASE w SET search_path = \"$user\", app; ALTER ROLE walt IN DATABASE w SET work_mem = '5MB'",
    );
    server.psql("w", "CREATE SCHEMA app AUTHORIZATION walt; SET ROLE walt; CREATE TABLE app.t (id int); INSERT INTO app.t VALUES (1)");
    for means in [Means::Template, Means::Dump, Means::Private] {
        let database = server.named("w");
        let lab = Lab::on(database, "walt", "");
        lab.migration(
            1,
            "CREATE TABLE seen AS SELECT current_setting('work_mem') AS memory, current_schema() AS at,
               (SELECT rolname FROM pg_roles r JOIN pg_class c ON c.relowner = r.oid WHERE c.oid = 'app.t'::regclass) AS owner,
               current_user AS who, has_database_privilege('other', current_database(), 'CONNECT') AS open,
               (SELECT count(*) FROM t) AS rows;
             CREATE TABLE wrong AS SELECT * FROM seen;
             ALTER TABLE wrong ADD CHECK (false)",
        );
        let rehearsal = lab.rehearsed(means).await;
        let failure = rehearsal.migrations[0].failure.as_ref().unwrap();
        let offence = failure.offence.as_ref().unwrap_or_else(|| panic!("{failure:?}"));
        assert_eq!((offence.rows, offence.table.to_string().as_str()), (1, "app.wrong"), "{means:?}");
        // The same once more, with what was seen in the message.
        lab.migration(2, "DO $$DECLARE s seen; BEGIN SELECT * INTO s FROM seen; RAISE EXCEPTION '%', s; END$$");
        lab.migration(
            1,
            &std::fs::read_to_string(lab.path("migrations/1_step.up.sql"))
                .unwrap()
                .replace("ALTER TABLE wrong ADD CHECK (false)", ""),
        );
        let rehearsal = lab.rehearsed(means).await;
        let failure = rehearsal.migrations[1].failure.as_ref().unwrap();
        let open = if means == Means::Private { "t" } else { "f" };
        assert_eq!(failure.sql.as_ref().unwrap().message, format!("(5MB,app,walt,walt,{open},1)"), "{means:?}");
    }
}

/// No right to make a database: a private server, with the roles that the database's objects belong to.
#[tokio::test]
async fn on_a_private_server_without_the_right_to_make_a_database() {
    let server = TestServer::start(&[], "");
    server.psql(
        "postgres",
        "CREATE ROLE walt LOGIN; CREATE ROLE \"Readers\"; GRANT \"Readers\" TO walt; CREATE DATABASE w OWNER walt",
    );
    server.psql(
        "w",
        "SET ROLE walt; CREATE SCHEMA app; CREATE TABLE app.t (id int); GRANT SELECT ON app.t TO \"Readers\"; INSERT INTO app.t VALUES (1)",
    );
    let lab = Lab::on(server.named("w"), "walt", "");
    lab.migration(1, "GRANT UPDATE ON app.t TO \"Readers\"; DELETE FROM app.t")
        .migration(2, "CREATE EXTENSION postgres_fdw");
    let rehearsal = lab.rehearsed(Means::Any).await;
    let clone = rehearsal.clone.unwrap();
    assert_eq!((clone.how, clone.because.as_deref()), (How::Private, Some("walt may not make databases")));
    assert_eq!(rehearsal.migrations[0].rows[0].lost(), 1);
    // What the role may not do there it may not do here either.
    assert_eq!(rehearsal.migrations[1].failure.as_ref().unwrap().sql.as_ref().unwrap().sqlstate, "42501");
    let error = lab.open().rehearse(Options { means: Means::Any, keep: true }).await.unwrap_err();
    assert_eq!(error.message(), "walt may not make databases");
}

#[tokio::test]
async fn a_clone_that_is_kept_is_swept_by_nobody() {
    let server = TestServer::start(&[], "");
    let lab = Lab::on(server.database(), "postgres", TABLES);
    lab.migration(1, "CREATE TABLE new AS SELECT 1 AS a");
    let kept =
        lab.open().rehearse(Options { means: Means::Any, keep: true }).await.unwrap().clone.unwrap().kept.unwrap();
    // The next run sweeps what was left behind.
    assert!(lab.rehearse(Means::Any).await.unwrap().clone.unwrap().kept.is_none());
    let scratches = server.psql("postgres", "SELECT datname FROM pg_database WHERE datname LIKE 'mainstay%'");
    assert_eq!(scratches, kept);
    assert_eq!(server.psql(&kept, "SELECT a FROM new"), "1");
    let comment = format!("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{kept}'");
    assert!(server.psql("postgres", &comment).starts_with("a clone of test_1, kept"));
}

/// A statement that connects elsewhere is not run at all.
#[tokio::test]
async fn what_reaches_beyond_the_server_is_refused() {
    let lab = Lab::new(TABLES);
    lab.migration(1, "CREATE SUBSCRIPTION s CONNECTION 'host=elsewhere' PUBLICATION p");
    let error = lab.rehearse(Means::Any).await.unwrap_err();
    assert!(error.message().contains("(CREATE SUBSCRIPTION)"), "{error:?}");
    lab.assert_clean();
    lab.migration(1, "CREATE ROLE anybody");
    let error = lab.rehearse(Means::Template).await.unwrap_err();
    assert!(error.hints()[0].contains("--clone private"), "{error:?}");
}

/// Code that the database has already is followed to what it does.
#[tokio::test]
async fn what_the_databases_own_code_reaches_decides_where_it_is_rehearsed() {
    let server = TestServer::start(&[], "");
    let lab = Lab::on(
        server.database(),
        "postgres",
        "CREATE SCHEMA app; CREATE TABLE app.log (id int); CREATE TABLE app.other (id int);
         CREATE FUNCTION app.reader(name text) RETURNS void LANGUAGE plpgsql AS
           $$BEGIN EXECUTE format('CREATE ROLE %I', name); END$$;
         CREATE FUNCTION app.hire() RETURNS trigger LANGUAGE plpgsql AS
           $$BEGIN PERFORM app.reader('hired'); RETURN NEW; END$$;
         CREATE TRIGGER hire AFTER INSERT ON app.other FOR EACH ROW EXECUTE FUNCTION app.hire();
         CREATE FUNCTION app.audit() RETURNS trigger LANGUAGE plpgsql AS
           $$BEGIN PERFORM dblink_exec('host=elsewhere', 'DELETE FROM log'); RETURN NEW; END$$;
         CREATE TRIGGER audit AFTER INSERT ON app.log FOR EACH ROW EXECUTE FUNCTION app.audit();
         CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
         CREATE FOREIGN TABLE app.far (id int) SERVER far; CREATE VIEW app.seen AS SELECT * FROM app.far",
    );
    for (sql, through) in [
        ("SELECT app.reader('caught')", "reader → CREATE ROLE"),
        ("INSERT INTO app.other VALUES (1)", "other → hire → reader → CREATE ROLE"),
    ] {
        lab.migration(1, sql);
        let rehearsal = lab.rehearsed(Means::Any).await;
        assert!(rehearsal.is_good(), "{rehearsal:?}");
        let clone = rehearsal.clone.unwrap();
        assert_eq!(clone.how, How::Private);
        assert_eq!(
            clone.because.unwrap(),
            format!("apply 1_step changes what belongs to the whole server ({through})")
        );
        assert_eq!(server.psql("postgres", "SELECT count(*) FROM pg_roles WHERE rolname IN ('caught', 'hired')"), "0");
    }
    for (sql, through) in [
        ("INSERT INTO app.log VALUES (1)", "(log → audit → dblink_exec)"),
        ("INSERT INTO app.far VALUES (1)", "(far → a foreign table)"),
        ("CREATE TABLE app.copy AS TABLE app.seen", "(seen → far → a foreign table)"),
        ("COPY app.log TO PROGRAM 'cat > /dev/null'", "(COPY … PROGRAM)"),
    ] {
        lab.migration(1, sql);
        let error = lab.rehearse(Means::Any).await.unwrap_err();
        assert!(error.message().contains(through), "{sql}: {error:?}");
        lab.assert_clean();
    }
    // What only changes the shape of such a table runs none of that.
    lab.migration(1, "ALTER TABLE app.log ADD COLUMN note text; ALTER FOREIGN TABLE app.far ADD COLUMN note text");
    assert_eq!(lab.rehearsed(Means::Any).await.clone.unwrap().how, How::Template);
}

#[tokio::test]
async fn nothing_pending_makes_no_clone() {
    let lab = Lab::new("");
    lab.file("migrations/.keep", "");
    let rehearsal = lab.rehearsed(Means::Any).await;
    assert!(rehearsal.clone.is_none() && rehearsal.migrations.is_empty() && rehearsal.is_good());
}

/// Without pg_dump, and with somebody connected, there is no way; the message says what to install.
#[tokio::test]
async fn without_programs_there_is_a_clear_error() {
    let mut lab = Lab::new(TABLES);
    lab.migration(1, "CREATE TABLE a ()");
    lab.path = "/nonexistent".into();
    // Found in the usual places all the same, where they are installed there.
    if server().binaries().bin.starts_with("/usr") {
        return;
    }
    let error = lab.rehearse(Means::Dump).await.unwrap_err();
    assert!(error.hints().iter().any(|hint| hint.contains("postgresql-client")), "{error:?}");
}

/// An embedder may spawn it on a runtime with several threads.
#[test]
fn rehearsing_is_send() {
    fn is_send<T: Send>(_: &T) {}
    let lab = Lab::new("");
    let database = lab.open();
    is_send(&database.rehearse(Options::default()));
}
