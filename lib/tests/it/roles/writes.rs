//! Everything that PostgreSQL's privileges let a role write, as statements: drawn up from the table of privileges in the manual
//! (chapter "Privileges"), the predefined attributes of roles, and the statements that take ownership instead.

/// What must fail with "insufficient privilege" (42501), for a role that may read `public.TABLE` and nothing else.
pub fn on_table(table: &str) -> Vec<String> {
    let each = [
        // INSERT, UPDATE, DELETE, TRUNCATE, in every way to write them.
        "INSERT INTO # VALUES (7)",
        "INSERT INTO # SELECT 7 WHERE false",
        "UPDATE # SET id = id",
        "UPDATE # SET id = id WHERE false",
        "DELETE FROM #",
        "DELETE FROM # WHERE false",
        "TRUNCATE #",
        "WITH gone AS (DELETE FROM # RETURNING *) SELECT * FROM gone",
        "EXPLAIN ANALYZE DELETE FROM #",
        "DO $$BEGIN DELETE FROM #; END$$",
        "PREPARE p AS DELETE FROM #; EXECUTE p",
        // Locks other than a reader's, row locks among them.
        "SELECT * FROM # FOR UPDATE",
        "SELECT * FROM # FOR KEY SHARE",
        "LOCK TABLE # IN ROW SHARE MODE",
        "LOCK TABLE # IN ROW EXCLUSIVE MODE",
        "LOCK TABLE # IN SHARE UPDATE EXCLUSIVE MODE",
        "LOCK TABLE # IN SHARE MODE",
        "LOCK TABLE # IN SHARE ROW EXCLUSIVE MODE",
        "LOCK TABLE # IN EXCLUSIVE MODE",
        "LOCK TABLE # IN ACCESS EXCLUSIVE MODE",
        // REFERENCES, TRIGGER, and what takes the owner.
        "CREATE TRIGGER t BEFORE INSERT ON # EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE INDEX i ON # (id)",
        "CREATE RULE r AS ON INSERT TO # DO INSTEAD NOTHING",
        "CREATE POLICY p ON #",
        "CREATE STATISTICS own.s ON id, id FROM #",
        "ALTER TABLE # ADD c int",
        "ALTER TABLE # DISABLE TRIGGER ALL",
        "ALTER TABLE # OWNER TO current_user",
        "ALTER TABLE # SET (fillfactor = 50)",
        "DROP TABLE #",
        "COMMENT ON TABLE # IS 'x'",
        "COMMENT ON COLUMN #.id IS 'x'",
        "REINDEX TABLE #",
        "CLUSTER # USING before_pkey",
        "COPY # FROM '/etc/hostname'",
        "COPY # FROM PROGRAM 'true'",
    ];
    each.iter().map(|sql| sql.replace('#', table)).collect()
}

/// CREATE in a schema, for each kind of object that lives in one.
pub fn in_schema(schema: &str) -> Vec<String> {
    let each = [
        "CREATE TABLE #.mine (id int)",
        "CREATE TABLE #.mine AS SELECT 1 AS one",
        "SELECT 1 AS one INTO #.mine",
        "CREATE UNLOGGED TABLE #.mine (id int)",
        "CREATE VIEW #.mine AS SELECT 1 AS one",
        "CREATE MATERIALIZED VIEW #.mine AS SELECT 1 AS one",
        "CREATE SEQUENCE #.mine",
        "CREATE TYPE #.mine AS (id int)",
        "CREATE TYPE #.mine AS ENUM ('a')",
        "CREATE DOMAIN #.mine AS int",
        "CREATE FUNCTION #.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE PROCEDURE #.mine() LANGUAGE sql AS 'SELECT 1'",
        "CREATE AGGREGATE #.mine (int) (SFUNC = int4pl, STYPE = int)",
        "CREATE OPERATOR #.@@@@ (FUNCTION = int4pl, LEFTARG = int, RIGHTARG = int)",
        "CREATE COLLATION #.mine FROM \"C\"",
        "CREATE TEXT SEARCH CONFIGURATION #.mine (COPY = simple)",
        "DROP SCHEMA #",
        "ALTER SCHEMA # RENAME TO mine",
        "COMMENT ON SCHEMA # IS 'x'",
    ];
    each.iter().map(|sql| sql.replace('#', schema)).collect()
}

/// Everything else, `THE_OWNER` being the owner's name, `THE_DATABASE` the database's and `THE_PID` the process of somebody else's
/// session.
pub const ELSEWHERE: &[&str] = &[
    // TEMPORARY and CREATE on the database.
    "CREATE TEMP TABLE mine (id int)",
    "CREATE TEMP VIEW mine AS SELECT 1 AS one",
    "CREATE TEMP SEQUENCE mine",
    "SELECT 1 AS one INTO TEMP mine",
    "CREATE SCHEMA mine",
    "CREATE EXTENSION hstore",
    "CREATE PUBLICATION mine",
    "CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION nothing()",
    "CREATE CAST (text AS int) WITHOUT FUNCTION",
    "CREATE FOREIGN DATA WRAPPER mine",
    "CREATE TRUSTED LANGUAGE mine HANDLER plpgsql_call_handler",
    "ALTER DATABASE THE_DATABASE SET work_mem = '64kB'",
    "ALTER DATABASE THE_DATABASE RENAME TO mine",
    "ALTER DATABASE THE_DATABASE OWNER TO current_user",
    // USAGE and UPDATE on sequences.
    "SELECT nextval('before_id_seq')",
    "SELECT setval('before_id_seq', 99)",
    "ALTER SEQUENCE before_id_seq RESTART",
    "LOCK TABLE seen IN EXCLUSIVE MODE",
    // Views that could be written through, and copies of them.
    "INSERT INTO seen VALUES (7, 'x')",
    "UPDATE seen SET v = 'x'",
    "DELETE FROM seen",
    "REFRESH MATERIALIZED VIEW kept",
    "CREATE OR REPLACE VIEW seen AS SELECT 1 AS id, 'x'::text AS v",
    // The owner's rights by the owner's functions.
    "SELECT rise()",
    "CALL sink()",
    "SELECT own.put()",
    "SELECT own.through()",
    "SELECT own.fixed()",
    "DROP FUNCTION rise()",
    "ALTER FUNCTION rise() SECURITY INVOKER",
    // Large objects: new ones, and the owner's.
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, '\\x01')",
    "SELECT lo_put(4242, 0, '\\x01')",
    "SELECT lowrite(lo_open(4242, 131072), '\\x01')",
    "SELECT lo_truncate(lo_open(4242, 131072), 0)",
    "SELECT lo_unlink(4242)",
    "SELECT lo_import('/etc/hostname')",
    "SELECT lo_export(4242, '/dev/null')",
    "ALTER LARGE OBJECT 4242 OWNER TO current_user",
    "COMMENT ON LARGE OBJECT 4242 IS 'x'",
    "INSERT INTO pg_largeobject VALUES (4242, 1, '')",
    // The system's own tables.
    "UPDATE pg_class SET relname = relname",
    "DELETE FROM pg_proc WHERE false",
    "SELECT rolpassword FROM pg_authid",
    "REINDEX SCHEMA own",
    // Roles and their rights.
    "CREATE ROLE mine",
    "CREATE DATABASE mine",
    "ALTER ROLE THE_OWNER PASSWORD 'x'",
    "ALTER ROLE THE_OWNER SET work_mem = '64kB'",
    "ALTER ROLE current_user SUPERUSER",
    "ALTER ROLE current_user CREATEDB",
    "ALTER ROLE current_user BYPASSRLS",
    "DROP ROLE THE_OWNER",
    "GRANT THE_OWNER TO current_user",
    "GRANT pg_write_server_files TO current_user",
    "SET ROLE THE_OWNER",
    "SET SESSION AUTHORIZATION THE_OWNER",
    "REASSIGN OWNED BY THE_OWNER TO current_user",
    "DROP OWNED BY THE_OWNER",
    "ALTER DEFAULT PRIVILEGES FOR ROLE THE_OWNER GRANT INSERT ON TABLES TO PUBLIC",
    // The server: settings, files, programs, log, other people's sessions.
    "ALTER SYSTEM SET work_mem = '64kB'",
    "SET session_replication_role = replica",
    "CREATE TABLESPACE mine LOCATION '/tmp'",
    "COPY (SELECT 1) TO '/tmp/mine'",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_terminate_backend(THE_PID)",
    "SELECT pg_cancel_backend(THE_PID)",
    "SELECT pg_reload_conf()",
    "SELECT pg_rotate_logfile()",
    "SELECT pg_switch_wal()",
    "SELECT pg_create_restore_point('mine')",
    "SELECT pg_logical_emit_message(false, 'mine', 'x')",
    "SELECT pg_stat_reset()",
    "SELECT pg_create_physical_replication_slot('mine')",
    "SELECT pg_replication_origin_create('mine')",
    "CHECKPOINT",
    "LOAD '/tmp/mine'",
];

/// What the server answers with a warning, having done nothing.
pub const SKIPPED: &[(&str, &[&str])] = &[
    ("VACUUM before", &["permission denied to vacuum", "can vacuum it"]),
    ("VACUUM FULL before", &["permission denied to vacuum", "can vacuum it"]),
    ("ANALYZE before", &["permission denied to analyze", "can analyze it"]),
    // Whoever has any right on an object is told that no other was granted.
    ("GRANT SELECT ON before TO PUBLIC", &["no privileges were granted"]),
    ("GRANT INSERT ON before TO PUBLIC", &["no privileges were granted"]),
    ("REVOKE SELECT ON before FROM current_user", &["no privileges could be revoked"]),
    ("GRANT USAGE ON SCHEMA own TO PUBLIC", &["no privileges were granted"]),
    ("GRANT CREATE ON SCHEMA own TO PUBLIC", &["no privileges were granted"]),
];

/// What PostgreSQL has no privilege for: any role that may connect can do it, and none of it changes a row.
pub const NO_PRIVILEGE_FOR: &[&str] = &[
    "LISTEN anything",
    "NOTIFY anything, 'x'",
    "SELECT pg_advisory_lock(4242)",
    "SELECT pg_advisory_unlock(4242)",
    "ALTER ROLE current_user SET work_mem = '64kB'",
    "SELECT pg_export_snapshot()",
];
