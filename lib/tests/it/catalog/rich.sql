CREATE SCHEMA app; COMMENT ON SCHEMA app IS 'our own';
CREATE TYPE app.mood AS ENUM ('sad','ok');
CREATE TYPE app.pair AS (a int, b text COLLATE "C"); COMMENT ON COLUMN app.pair.a IS 'x';
CREATE DOMAIN app.positive AS int DEFAULT 1 CONSTRAINT pos CHECK (VALUE > 0); COMMENT ON CONSTRAINT pos ON DOMAIN app.positive IS 'cc';
CREATE DOMAIN app.nn AS text COLLATE "C" NOT NULL;
CREATE FUNCTION app.fdiff(a float8, b float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'select a-b';
CREATE TYPE app.frange AS RANGE (subtype=float8, subtype_diff=app.fdiff);
CREATE TYPE app.shell;
CREATE FUNCTION app.base_in(cstring) RETURNS app.shell LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION app.base_out(app.shell) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE app.shell (INPUT=app.base_in, OUTPUT=app.base_out, LIKE=int4);
CREATE TYPE app.only_shell;
CREATE COLLATION app.c (LOCALE='C');
CREATE FUNCTION app.eq(app.shell, app.shell) RETURNS bool LANGUAGE internal IMMUTABLE STRICT AS 'int4eq';
CREATE FUNCTION app.lt(app.shell, app.shell) RETURNS bool LANGUAGE internal IMMUTABLE STRICT AS 'int4lt';
CREATE FUNCTION app.cmp(app.shell, app.shell) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'btint4cmp';
CREATE OPERATOR app.= (FUNCTION=app.eq, LEFTARG=app.shell, RIGHTARG=app.shell, COMMUTATOR=OPERATOR(app.=), HASHES, MERGES, RESTRICT=eqsel, JOIN=eqjoinsel);
CREATE OPERATOR app.< (FUNCTION=app.lt, LEFTARG=app.shell, RIGHTARG=app.shell);
CREATE OPERATOR FAMILY app.fam USING btree;
CREATE OPERATOR CLASS app.cls DEFAULT FOR TYPE app.shell USING btree FAMILY app.fam AS OPERATOR 1 app.<, OPERATOR 3 app.=, FUNCTION 1 app.cmp(app.shell,app.shell);
CREATE FUNCTION app.eqi(app.shell, int) RETURNS bool LANGUAGE internal IMMUTABLE STRICT AS 'int4eq';
CREATE OPERATOR app.= (FUNCTION=app.eqi, LEFTARG=app.shell, RIGHTARG=int);
ALTER OPERATOR FAMILY app.fam USING btree ADD OPERATOR 3 app.= (app.shell, int);
CREATE CAST (app.shell AS int) WITHOUT FUNCTION AS ASSIGNMENT; COMMENT ON CAST (app.shell AS int) IS 'cast';
CREATE FUNCTION app.mood_to_int(app.mood) RETURNS int LANGUAGE sql IMMUTABLE AS $$select 1$$;
CREATE CAST (app.mood AS int) WITH FUNCTION app.mood_to_int(app.mood);
CREATE CONVERSION app.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TRANSFORM FOR app.pair LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal));
CREATE FUNCTION app.call() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE TRUSTED LANGUAGE ours HANDLER app.call;
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE TEXT SEARCH PARSER app.prs (START=prsd_start, GETTOKEN=prsd_nexttoken, END=prsd_end, LEXTYPES=prsd_lextype, HEADLINE=prsd_headline);
CREATE TEXT SEARCH TEMPLATE app.tmpl (INIT=dsimple_init, LEXIZE=dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY app.dict (TEMPLATE=app.tmpl, STOPWORDS=english);
CREATE TEXT SEARCH CONFIGURATION app.cfg (PARSER=app.prs);
ALTER TEXT SEARCH CONFIGURATION app.cfg ADD MAPPING FOR asciiword, word WITH app.dict, pg_catalog.simple;
CREATE TABLE app.parent (id int GENERATED ALWAYS AS IDENTITY (START 5) PRIMARY KEY, code text CONSTRAINT code_key UNIQUE DEFERRABLE, m app.mood DEFAULT 'ok', p app.positive);
CREATE TABLE app.t (id serial PRIMARY KEY, "camelCase" varchar(20) COLLATE "C" NOT NULL DEFAULT 'x', n numeric CHECK (n > 0), twice numeric GENERATED ALWAYS AS (n*2) STORED, parent int, pcode text, period int4range, big text,
 EXCLUDE USING gist (period WITH &&), UNIQUE (n) INCLUDE (big), CONSTRAINT ni CHECK (parent > 0) NO INHERIT) WITH (fillfactor=70, toast.autovacuum_enabled=false);
ALTER TABLE app.t ADD CONSTRAINT fk FOREIGN KEY (parent) REFERENCES app.parent MATCH FULL ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID;
ALTER TABLE app.t ALTER big SET STORAGE EXTERNAL, ALTER n SET STATISTICS 50, ALTER n SET (n_distinct=5);
ALTER TABLE app.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY pol ON app.t AS RESTRICTIVE FOR UPDATE TO postgres USING (n > 1) WITH CHECK (n > 2);
COMMENT ON POLICY pol ON app.t IS 'pp';
CREATE POLICY pol2 ON app.t USING (true);
CREATE INDEX idx ON app.t (lower("camelCase") text_pattern_ops, parent DESC) INCLUDE (big) WITH (fillfactor=80) WHERE parent IS NOT NULL;
ALTER INDEX app.idx ALTER COLUMN 1 SET STATISTICS 77;
COMMENT ON INDEX app.idx IS 'ix';
CREATE UNIQUE INDEX ri ON app.t (id, "camelCase"); ALTER TABLE app.t REPLICA IDENTITY USING INDEX ri;
CLUSTER app.t USING t_pkey;
CREATE STATISTICS app.st (dependencies) ON n, parent FROM app.t; ALTER STATISTICS app.st SET STATISTICS 9;
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = app AS 'BEGIN RETURN new; END';
CREATE TRIGGER touch BEFORE UPDATE OF n ON app.t FOR EACH ROW WHEN (old.n IS DISTINCT FROM new.n) EXECUTE FUNCTION app.touch();
CREATE CONSTRAINT TRIGGER ct AFTER INSERT ON app.t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE TRIGGER tt AFTER INSERT ON app.t REFERENCING NEW TABLE AS nt FOR EACH STATEMENT EXECUTE FUNCTION app.touch();
ALTER TABLE app.t ENABLE ALWAYS TRIGGER touch;
CREATE RULE r AS ON DELETE TO app.parent DO ALSO NOTIFY gone; COMMENT ON RULE r ON app.parent IS 'rr';
CREATE TABLE app.big (a int, b text) PARTITION BY LIST (a);
CREATE TABLE app.big_1 PARTITION OF app.big FOR VALUES IN (1,2) PARTITION BY RANGE (b);
CREATE TABLE app.big_1_1 PARTITION OF app.big_1 DEFAULT;
CREATE TABLE app.big_2 (a int, b text); ALTER TABLE app.big ATTACH PARTITION app.big_2 DEFAULT;
ALTER TABLE app.big ADD PRIMARY KEY (a, b); CREATE INDEX bigb ON app.big (b);
CREATE TABLE app.to_big (a int, b text, FOREIGN KEY (a,b) REFERENCES app.big);
CREATE TRIGGER rt BEFORE UPDATE ON app.big FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE TABLE app.child (extra int, CONSTRAINT own CHECK (extra > 1)) INHERITS (app.parent);
CREATE TABLE app.typed OF app.pair (PRIMARY KEY (a));
CREATE UNLOGGED TABLE app.un (a int);
CREATE TABLE app.h2 (a int) USING heap2;
CREATE VIEW app.v WITH (security_barrier, check_option=cascaded) AS SELECT id, n FROM app.t WHERE n > app.mood_to_int('ok');
ALTER VIEW app.v ALTER n SET DEFAULT 7;
CREATE MATERIALIZED VIEW app.mv AS SELECT count(*) AS c FROM app.v; CREATE UNIQUE INDEX ON app.mv (c);
CREATE SEQUENCE app.s AS smallint INCREMENT 2 MAXVALUE 99 CYCLE CACHE 5 OWNED BY app.un.a; COMMENT ON SEQUENCE app.s IS 'ss';
CREATE FUNCTION app.f(a int, OUT b text, VARIADIC c int[] DEFAULT '{1}') LANGUAGE sql STABLE PARALLEL SAFE COST 7 AS 'select $1::text';
CREATE PROCEDURE app.p(x app.mood) LANGUAGE sql AS 'select 1';
CREATE AGGREGATE app.total(int) (SFUNC=int4pl, STYPE=int, INITCOND='0', COMBINEFUNC=int4pl, PARALLEL=SAFE);
CREATE AGGREGATE app.hypo(VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC=ordered_set_transition_multi, STYPE=internal, FINALFUNC=rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA app; CREATE INDEX trg ON app.t USING gin (big app.gin_trgm_ops);
CREATE EXTENSION postgres_fdw; REVOKE EXECUTE ON FUNCTION app.similarity(text, text) FROM PUBLIC;
ALTER FUNCTION app.touch() DEPENDS ON EXTENSION pg_trgm;
CREATE FOREIGN DATA WRAPPER w OPTIONS (debug 'true');
CREATE SERVER srv TYPE 'x' VERSION '1' FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'h');
CREATE USER MAPPING FOR postgres SERVER srv OPTIONS (user 'u'); CREATE USER MAPPING FOR PUBLIC SERVER srv;
CREATE FOREIGN TABLE app.ft (a int OPTIONS (column_name 'b')) SERVER srv OPTIONS (schema_name 's');
CREATE FUNCTION app.evt() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER et ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION app.evt(); ALTER EVENT TRIGGER et DISABLE;
CREATE PUBLICATION pub FOR TABLE app.t, app.parent WITH (publish='insert', publish_via_partition_root); CREATE PUBLICATION puball FOR ALL TABLES;
CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere' PUBLICATION a, b WITH (connect=false, slot_name=NONE, enabled=false);
DO $$ BEGIN CREATE ROLE cat_reader; EXCEPTION WHEN duplicate_object THEN END $$; 
GRANT SELECT, INSERT ON app.t TO cat_reader WITH GRANT OPTION; GRANT UPDATE (n) ON app.t TO cat_reader; GRANT USAGE ON SCHEMA app TO PUBLIC; REVOKE EXECUTE ON FUNCTION app.touch() FROM PUBLIC; REVOKE ALL ON app.un FROM postgres; GRANT USAGE ON TYPE app.mood TO cat_reader; GRANT USAGE ON FOREIGN SERVER srv TO cat_reader; REVOKE EXECUTE ON FUNCTION pg_sleep(double precision) FROM PUBLIC; REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
GRANT SELECT ON app.parent TO postgres;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO cat_reader; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
CREATE TEMP TABLE passing (a serial PRIMARY KEY, b text CHECK (b <> '')); CREATE FUNCTION pg_temp.tf() RETURNS int LANGUAGE sql AS 'select 1';
COMMENT ON COLUMN app.t.n IS 'cn'; COMMENT ON CONSTRAINT fk ON app.t IS 'cf'; COMMENT ON TRIGGER touch ON app.t IS 'ct'; COMMENT ON FUNCTION app.touch() IS 'cft';
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''8MB''', current_database()); END $$;
SET default_statistics_target=100;
COMMENT ON TYPE app.mood IS 'm'; COMMENT ON DOMAIN app.nn IS 'd'; COMMENT ON COLLATION app.c IS 'c'; COMMENT ON STATISTICS app.st IS 's';
COMMENT ON SERVER srv IS 's'; COMMENT ON OPERATOR app.= (app.shell, int) IS 'o'; COMMENT ON EVENT TRIGGER et IS 'e'; COMMENT ON PUBLICATION pub IS 'p';
CREATE FUNCTION app.body() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM app.un; END; -- from 14
ALTER TABLE app.t ALTER big SET COMPRESSION pglz; -- from 14
CREATE VIEW app.invoked WITH (security_invoker) AS SELECT a FROM app.un; -- from 15
CREATE TABLE app.uniq (a int, b int, UNIQUE NULLS NOT DISTINCT (a), c int, d int REFERENCES app.parent ON DELETE SET NULL (d)); -- from 15
CREATE PUBLICATION narrow FOR TABLE app.h2 (a) WHERE (a > 1) WITH (publish = 'insert'); -- from 15
CREATE PUBLICATION whole FOR TABLES IN SCHEMA app; -- from 15
CREATE EXTENSION btree_gist; -- from 18
CREATE TABLE app.temporal (id int, during daterange, PRIMARY KEY (id, during WITHOUT OVERLAPS)); -- from 18
CREATE TABLE app.temporal_ref (id int, during daterange, CONSTRAINT tr FOREIGN KEY (id, PERIOD during) REFERENCES app.temporal (id, PERIOD during)); -- from 18
CREATE TABLE app.lax (a int CONSTRAINT a_there NOT NULL NO INHERIT, b int GENERATED ALWAYS AS (a * 2) VIRTUAL, CONSTRAINT lax CHECK (a > 1) NOT ENFORCED); -- from 18
ALTER TABLE app.lax ADD COLUMN c int; ALTER TABLE app.lax ADD CONSTRAINT c_there NOT NULL c NOT VALID; COMMENT ON CONSTRAINT a_there ON app.lax IS 'x'; -- from 18
