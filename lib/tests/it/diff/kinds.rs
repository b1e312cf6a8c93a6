//! Every kind of object: made from nothing, dropped to nothing, and changed.

use mainstay_testing::server;

use super::check;

/// A state with every kind of object that needs no extension and no file on the server.
const EVERYTHING: &str = r#"
    CREATE SCHEMA app;
    CREATE TYPE app.mood AS ENUM ('sad', 'ok');
    CREATE TYPE app.point AS (x int, y text COLLATE "C");
    CREATE DOMAIN app.positive AS int DEFAULT 1 NOT NULL CONSTRAINT above CHECK (VALUE > 0);
    CREATE TYPE app.span AS RANGE (subtype = float8, subtype_diff = float8mi);
    CREATE COLLATION app.german (provider = icu, locale = 'de');
    CREATE SEQUENCE app.counter AS smallint INCREMENT 2 MAXVALUE 99 CYCLE;
    CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
    CREATE FUNCTION app.double(a int, b text DEFAULT 'x, y') RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a * 2';
    CREATE PROCEDURE app.run() LANGUAGE sql AS 'SELECT 1';
    CREATE AGGREGATE app.total(int) (sfunc = int4pl, stype = int, initcond = '0');
    CREATE OPERATOR app.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
    CREATE CAST (app.mood AS int) WITH INOUT;
    CREATE TABLE app.parent (
        id bigint GENERATED ALWAYS AS IDENTITY (START 5) PRIMARY KEY,
        code text UNIQUE NULLS NOT DISTINCT,
        feeling app.mood DEFAULT 'ok',
        amount app.positive,
        at app.point
    );
    CREATE TABLE app."Child" (
        id serial PRIMARY KEY,
        parent bigint REFERENCES app.parent ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
        doubled int GENERATED ALWAYS AS (app.double(id)) STORED,
        "größe" numeric(10,2) CONSTRAINT sane CHECK ("größe" > 0) NO INHERIT,
        period int4range,
        EXCLUDE USING gist (period WITH &&)
    ) WITH (fillfactor = 70);
    ALTER TABLE app."Child" ALTER "größe" SET STATISTICS 7, REPLICA IDENTITY FULL;
    CREATE INDEX odd ON app."Child" (lower(parent::text), id DESC) INCLUDE (period) WHERE parent IS NOT NULL;
    CREATE STATISTICS app.both ON id, parent FROM app."Child";
    CREATE TRIGGER touch BEFORE UPDATE OF parent ON app."Child" FOR EACH ROW WHEN (old.id > 1) EXECUTE FUNCTION app.touch();
    ALTER TABLE app."Child" DISABLE TRIGGER touch;
    CREATE RULE quiet AS ON DELETE TO app."Child" DO INSTEAD NOTHING;
    ALTER TABLE app."Child" ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON app."Child" FOR UPDATE USING (id > 0) WITH CHECK (id > 1);
    CREATE VIEW app.names WITH (security_invoker = true) AS SELECT code, feeling FROM app.parent;
    CREATE MATERIALIZED VIEW app.counts AS SELECT app.double(count(*)::int) AS n FROM app.names;
    CREATE UNIQUE INDEX ON app.counts (n);
    CREATE TABLE app.big (a int, b text) PARTITION BY RANGE (a);
    CREATE INDEX ON app.big (b);
    CREATE TABLE app.big_1 PARTITION OF app.big FOR VALUES FROM (0) TO (10);
    CREATE TABLE app.big_rest PARTITION OF app.big DEFAULT;
    ALTER TABLE app.big ADD PRIMARY KEY (a);
    CREATE TABLE app.base (a int CHECK (a > 1));
    CREATE TABLE app.derived (b int) INHERITS (app.base);
    CREATE UNLOGGED TABLE app.passing ();
    CREATE TEXT SEARCH DICTIONARY app.words (TEMPLATE = simple, STOPWORDS = english);
    CREATE TEXT SEARCH CONFIGURATION app.search (PARSER = default);
    ALTER TEXT SEARCH CONFIGURATION app.search ADD MAPPING FOR asciiword WITH app.words;
    CREATE FOREIGN DATA WRAPPER far OPTIONS (a 'b');
    CREATE SERVER there TYPE 'x' VERSION '1' FOREIGN DATA WRAPPER far OPTIONS (host 'h');
    CREATE USER MAPPING FOR PUBLIC SERVER there;
    CREATE FOREIGN TABLE app.remote (a int OPTIONS (name 'b')) SERVER there OPTIONS (t 'x');
    CREATE PUBLICATION news FOR TABLE app.parent (id, code) WHERE (id > 1) WITH (publish = 'insert');
    CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION app.told();
    COMMENT ON TABLE app.parent IS 'it''s';
    COMMENT ON COLUMN app.names.code IS 'what';
    COMMENT ON CONSTRAINT above ON DOMAIN app.positive IS 'more than none';
    GRANT SELECT, INSERT ON app.parent TO PUBLIC;
    GRANT UPDATE (code) ON app.parent TO PUBLIC;
    REVOKE EXECUTE ON FUNCTION app.double FROM PUBLIC;
    ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC;
"#;

/// An event trigger's function must not fire while the rest is made.
const TOLD: &str = "CREATE FUNCTION app.told() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';";

#[test]
fn everything_comes_from_nothing_and_goes_again() {
    let everything = EVERYTHING.replacen("CREATE SCHEMA app;", &format!("CREATE SCHEMA app;\n{TOLD}"), 1);
    check("", &everything);
}

/// What each statement changes of the state before it, there and back.
#[test]
fn changes_in_place() {
    let base = "CREATE TABLE t (id int PRIMARY KEY, a text, b int DEFAULT 1);
        CREATE VIEW v AS SELECT id, a FROM t;
        CREATE INDEX i ON t (a);
        CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql AS 'SELECT x';";
    for change in [
        "ALTER TABLE t ADD c timestamptz DEFAULT now() NOT NULL",
        "ALTER TABLE t ALTER a SET NOT NULL, ALTER b DROP DEFAULT, ALTER a SET STORAGE EXTERNAL",
        "ALTER TABLE t ALTER b TYPE bigint",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (b > 0) NOT VALID",
        "ALTER TABLE t ADD FOREIGN KEY (b) REFERENCES t ON UPDATE CASCADE",
        "ALTER TABLE t SET (fillfactor = 50), FORCE ROW LEVEL SECURITY",
        "ALTER INDEX i SET (fillfactor = 50)",
        "DROP INDEX i; CREATE INDEX i ON t (a, b)",
        "CREATE OR REPLACE VIEW v AS SELECT id, a, b FROM t",
        "DROP VIEW v; CREATE VIEW v AS SELECT a, id FROM t",
        "CREATE OR REPLACE FUNCTION f(x int) RETURNS int LANGUAGE sql AS 'SELECT x + 1'",
        "DROP FUNCTION f; CREATE FUNCTION f(y int) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
        "ALTER TABLE t ALTER id ADD GENERATED BY DEFAULT AS IDENTITY",
        "COMMENT ON COLUMN t.a IS 'x'; COMMENT ON INDEX i IS 'y'; COMMENT ON VIEW v IS 'z'",
        "GRANT ALL ON t TO PUBLIC; GRANT SELECT (id) ON v TO PUBLIC",
        "DROP VIEW v; CREATE TABLE v (a int)",
    ] {
        check(base, &format!("{base}; {change}"));
    }
}

/// What a materialised view's columns and indexes have as a table's have it.
#[test]
fn a_materialised_view_is_kept_as_a_table_is() {
    let base = "CREATE TABLE t (id int PRIMARY KEY, a text); CREATE MATERIALIZED VIEW m AS SELECT id, a FROM t; CREATE UNIQUE INDEX i ON m (id);";
    check(
        &format!(
            "{base} ALTER MATERIALIZED VIEW m CLUSTER ON i; ALTER MATERIALIZED VIEW m ALTER a SET STORAGE EXTERNAL"
        ),
        &format!("{base} ALTER MATERIALIZED VIEW m ALTER id SET STATISTICS 5, ALTER a SET COMPRESSION pglz"),
    );
    check(
        "",
        &format!("{base} ALTER MATERIALIZED VIEW m CLUSTER ON i; ALTER MATERIALIZED VIEW m ALTER a SET STATISTICS 0"),
    );
}

/// A copy of one that is for any encoding.
#[test]
fn a_collation_made_of_another() {
    check("", "CREATE COLLATION co FROM \"C\"; CREATE TABLE t (a text COLLATE co)");
}

/// The server prints columns as they stand in the table.
#[test]
fn statistics_of_columns_in_any_order() {
    let (from, to) = (server().database(), server().database());
    from.psql("CREATE TABLE t (a int, \"B\" int); CREATE STATISTICS s ON a, \"B\", (a + 1) FROM t");
    to.psql("CREATE TABLE t (\"B\" int, a int); CREATE STATISTICS s ON a, \"B\", (a + 1) FROM t");
    assert_eq!(super::statements(&super::plan(&from, &to)), [""; 0]);
}
