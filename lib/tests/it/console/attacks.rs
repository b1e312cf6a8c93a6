//! Statements that want to write through a read-only console. Each is run split into statements, going on after errors, and
//! as one text that our own lexer has not looked at; as a superuser and as a role that may write.

use mainstay::conn::Target;
use mainstay::sql::Statement;
use mainstay_testing::{TestDatabase, server};

use super::{Kept, console, run};

const SCHEMA: &str = r#"
CREATE TABLE t (id int PRIMARY KEY, note text);
INSERT INTO t VALUES (1, 'one'), (2, 'two');
CREATE SEQUENCE s;
CREATE MATERIALIZED VIEW mv AS SELECT count(*) FROM t;
CREATE FUNCTION writes() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM t; RETURN 1; END $$;
CREATE FUNCTION writes_as_owner() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN DELETE FROM t; RETURN 1; END $$;
CREATE FUNCTION turns() RETURNS int LANGUAGE plpgsql AS $$ BEGIN SET TRANSACTION READ WRITE; DELETE FROM t; RETURN 1; END $$;
CREATE FUNCTION turns_by_setting() RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN PERFORM set_config('transaction_read_only', 'off', false); DELETE FROM t; RETURN 1; END $$;
CREATE FUNCTION sets_back() RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN PERFORM set_config('role', 'none', false); EXECUTE 'DELETE FROM t'; RETURN 1; END $$;
CREATE FUNCTION commits() RETURNS int LANGUAGE plpgsql AS $$ BEGIN COMMIT; DELETE FROM t; RETURN 1; END $$;
CREATE FUNCTION quiet() RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN BEGIN DELETE FROM t; EXCEPTION WHEN OTHERS THEN NULL; END; RETURN 1; END $$;
CREATE FUNCTION makes_object() RETURNS oid LANGUAGE sql AS $$ SELECT lo_create(0) $$;
CREATE PROCEDURE deletes() LANGUAGE plpgsql AS $$ BEGIN COMMIT; DELETE FROM t; COMMIT; END $$;
CREATE OPERATOR !!! (RIGHTARG = int, PROCEDURE = abs);
CREATE VIEW writing AS SELECT writes() AS n;
"#;

/// `FILE` is a path that the server could write to.
const ATTACKS: &[&str] = &[
    // Out of the transaction.
    "COMMIT; DELETE FROM t",
    "commit;delete from t",
    "COMMIT WORK; DELETE FROM t",
    "COMMIT AND CHAIN; DELETE FROM t",
    "/* a */ COMMIT /* b */; DELETE FROM t",
    "-- a\nCOMMIT -- b\n; DELETE FROM t",
    "/* /* nested */ ; */ COMMIT; DELETE FROM t",
    "END; DELETE FROM t",
    "END TRANSACTION; DELETE FROM t",
    "ROLLBACK; DELETE FROM t",
    "ROLLBACK AND CHAIN; DELETE FROM t",
    "ABORT; DELETE FROM t",
    "SELECT 1; COMMIT; DELETE FROM t; SELECT 2",
    "SELECT 1;;;COMMIT;;DELETE FROM t;;",
    "BEGIN; DELETE FROM t; COMMIT",
    "BEGIN READ WRITE; DELETE FROM t; COMMIT",
    "START TRANSACTION READ WRITE; DELETE FROM t; COMMIT",
    "SAVEPOINT a; DELETE FROM t; RELEASE a; COMMIT",
    "PREPARE TRANSACTION 'x'; COMMIT PREPARED 'x'",
    "COMMIT\u{feff}; DELETE FROM t",
    // Out of the text that we put around a query.
    "SELECT 1) TO STDOUT; DELETE FROM t; --",
    "SELECT 1) TO PROGRAM 'touch FILE' --",
    "SELECT 1\n) TO PROGRAM 'touch FILE' --",
    "SELECT 1) TO 'FILE' /*",
    "SELECT 1 --\n) TO PROGRAM 'touch FILE' (FORMAT text); --",
    "(SELECT 1) UNION (SELECT 2)) TO PROGRAM 'touch FILE'; --",
    // Where lexers differ.
    "SET standard_conforming_strings = off; SELECT '\\'; DELETE FROM t; --'",
    "SELECT $$a$$; DELETE FROM t; SELECT $$b$$",
    "SELECT $a$ $$ $a$; DELETE FROM t; --$$",
    "SELECT E'\\''; DELETE FROM t; --'",
    "SELECT U&'\\0027'; DELETE FROM t; --'",
    // Read-only turned off.
    "SET TRANSACTION READ WRITE; DELETE FROM t",
    "SET LOCAL transaction_read_only = off; DELETE FROM t",
    "SET transaction_read_only = off; DELETE FROM t",
    "SET default_transaction_read_only = off; DELETE FROM t",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; DELETE FROM t",
    "RESET transaction_read_only; DELETE FROM t",
    "RESET ALL; DELETE FROM t",
    "DISCARD ALL; DELETE FROM t",
    "SELECT set_config('transaction_read_only', 'off', false); DELETE FROM t",
    "SELECT U&\"set\\005fconfig\"('transaction_read_only', 'off', false), writes()",
    "SELECT U&\"set\\005fconfig\"('role', 'none', false), writes()",
    "SELECT turns()",
    "SELECT turns_by_setting()",
    "SELECT sets_back()",
    // Back to the superuser.
    "RESET ROLE; DELETE FROM t",
    "SET ROLE none; DELETE FROM t",
    "SET SESSION AUTHORIZATION DEFAULT; DELETE FROM t",
    // Functions and blocks.
    "SELECT writes()",
    "SELECT writes_as_owner()",
    "SELECT quiet()",
    "SELECT commits()",
    "SELECT * FROM writing",
    "TABLE writing",
    "SELECT * FROM t WHERE writes() = 1",
    "VALUES (writes())",
    "EXPLAIN ANALYZE SELECT writes()",
    "EXPLAIN (ANALYZE) DELETE FROM t",
    "EXPLAIN ANALYZE CREATE TABLE evil AS SELECT 1",
    "DO $$ BEGIN DELETE FROM t; END $$",
    "DO $$ BEGIN COMMIT; DELETE FROM t; END $$",
    "CALL deletes()",
    "SELECT query_to_xml('DELETE FROM t', true, true, '')",
    "SELECT query_to_xml('COPY t TO PROGRAM ''touch FILE''', true, true, '')",
    // Sequences and large objects, which no ROLLBACK or no read-only transaction covers alone.
    "SELECT nextval('s')",
    "SELECT setval('s', 100)",
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_import('/etc/hostname')",
    "SELECT pg_catalog.\"lo_create\"(0)",
    "SELECT U&\"lo\\005fcreate\"(0)",
    "SELECT makes_object()",
    "SELECT lo_export(1, 'FILE')",
    // Files, programs, settings.
    "COPY t TO PROGRAM 'touch FILE'",
    "COPY t TO/**/PROGRAM 'touch FILE'",
    "COPY (SELECT 1) TO PROGRAM 'touch FILE'",
    "COPY t TO 'FILE'",
    "COPY (SELECT 'to stdout') TO 'FILE'",
    "COPY t (id, note) TO 'FILE' WITH (FORMAT csv)",
    "COPY t FROM PROGRAM 'echo 3; touch FILE'",
    "COPY t FROM '/etc/hostname'",
    "COPY t FROM stdin;\n3\tthree\n\\.\n",
    "COPY (DELETE FROM t RETURNING id) TO STDOUT",
    "ALTER SYSTEM SET work_mem = '64MB'",
    "ALTER DATABASE postgres SET work_mem = '64MB'",
    "ALTER ROLE CURRENT_USER SET work_mem = '64MB'",
    // Plain writes.
    "DELETE FROM t",
    "UPDATE t SET note = 'x' RETURNING *",
    "INSERT INTO t VALUES (3, 'three')",
    "INSERT INTO t VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET note = 'x'",
    "TRUNCATE t",
    "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
    "WITH a AS (SELECT 1) DELETE FROM t",
    "SELECT * INTO evil FROM t",
    "SELECT * INTO TEMP evil FROM t",
    "CREATE TABLE evil (id int)",
    "CREATE TEMP TABLE t (id int)",
    "CREATE TABLE evil AS SELECT 1",
    "DROP TABLE t CASCADE",
    "ALTER TABLE t DROP COLUMN note",
    "GRANT ALL ON t TO PUBLIC",
    "CREATE ROLE evil SUPERUSER",
    "REFRESH MATERIALIZED VIEW mv",
    "COMMENT ON TABLE t IS 'evil'",
    "CREATE FUNCTION evil() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE EXTENSION plperl",
    "LOCK TABLE t; VACUUM t; REINDEX TABLE t",
    "PREPARE p AS DELETE FROM t; EXECUTE p",
    "DECLARE c CURSOR FOR SELECT * FROM t FOR UPDATE; DELETE FROM t WHERE CURRENT OF c",
    "SELECT * FROM t FOR UPDATE",
];

/// Every row, and of the catalog whatever an attack above wants to change.
fn fingerprint(database: &TestDatabase) -> String {
    database.psql(
        "SELECT coalesce(json_agg(t ORDER BY id)::text, '') FROM t;
         SELECT last_value, is_called FROM s;
         SELECT * FROM mv;
         SELECT oid, lomowner FROM pg_largeobject_metadata;
         SELECT c.oid, relname, relkind, relacl, relfilenode, obj_description(c.oid) FROM pg_class c
           WHERE relnamespace >= 16384 OR relnamespace = 2200 ORDER BY c.oid;
         SELECT attrelid, attname, atttypid, attisdropped FROM pg_attribute WHERE attrelid = 't'::regclass ORDER BY attnum;
         SELECT oid, proname, prosrc FROM pg_proc WHERE oid >= 16384 ORDER BY oid;
         SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp' ORDER BY oid;
         SELECT extname FROM pg_extension;
         SELECT rolname FROM pg_roles WHERE rolname LIKE 'evil%';
         SELECT setconfig FROM pg_db_role_setting;
         SELECT name, setting FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf';
         SELECT gid FROM pg_prepared_xacts WHERE database = current_database()",
    )
}

async fn holds(database: &TestDatabase, target: &Target, who: &str) {
    let file = server().data().join(format!("{}_{who}_was_here", database.name()));
    let before = fingerprint(database);
    assert!(before.contains("\"two\""), "{before}");
    for attack in ATTACKS {
        let attack = attack.replace("FILE", &file.display().to_string());
        let mut split = console(target, false).await;
        let mut kept = Kept::default();
        if mainstay::sql::split(&attack, split.flavor()).is_ok() {
            run(&mut split, &attack).await;
        }
        split.close().await;
        let mut whole = console(target, false).await;
        let statement = Statement { text: &attack, offset: 0, line: 1, copy_data: None };
        let _ = whole.run(&statement, &mut kept).await;
        whole.close().await;
        assert_eq!(fingerprint(database), before, "as {who}: {attack}");
        assert!(!file.exists(), "as {who}: {attack}");
    }
}

#[tokio::test]
async fn nothing_is_written_as_superuser() {
    let database = server().database();
    database.psql(SCHEMA);
    holds(&database, &database.target(), "superuser").await;
}

#[tokio::test]
async fn nothing_is_written_as_a_role_that_may_write() {
    let database = server().database();
    let role = format!("{}_plain", database.name());
    database.psql(SCHEMA);
    database.psql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT ALL ON t, s, mv TO {role}; GRANT ALL ON SCHEMA public TO {role}"
    ));
    holds(&database, &database.target_as(&role), "plain").await;
}

/// The attacks are ones: in a console that may write, they do write.
#[tokio::test]
async fn the_same_writes_where_writing_is_allowed() {
    for attack in ["COMMIT; DELETE FROM t", "SELECT writes()", "SELECT nextval('s')", "SELECT lo_create(0)"] {
        let database = server().database();
        database.psql(SCHEMA);
        let before = fingerprint(&database);
        let mut console = console(&database.target(), true).await;
        run(&mut console, attack).await;
        console.close().await;
        assert_ne!(fingerprint(&database), before, "{attack}");
    }
}
