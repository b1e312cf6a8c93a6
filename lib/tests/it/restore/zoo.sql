-- Something of every kind of object that pg_dump knows.
CREATE SCHEMA app;
CREATE SCHEMA "Odd ""Name""";
COMMENT ON SCHEMA app IS 'it''s the application';
CREATE EXTENSION hstore WITH SCHEMA public;
CREATE EXTENSION pg_trgm WITH SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy''s');
CREATE TYPE app.pair AS (a integer, b text COLLATE "C");
CREATE TYPE app.span AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE DOMAIN app.positive AS integer DEFAULT 1 CHECK (VALUE > 0);
ALTER DOMAIN app.positive ADD CONSTRAINT small CHECK (VALUE < 1000000) NOT VALID;
CREATE COLLATION app.german (provider = libc, locale = 'C');
CREATE SEQUENCE app.lonely INCREMENT 5 MINVALUE -10 START 20 CACHE 3 CYCLE;
SELECT nextval('app.lonely') FROM generate_series(1, 4);
CREATE SEQUENCE app.untouched AS smallint;
CREATE FUNCTION app.double(x integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT x * 2';
CREATE FUNCTION app.total(integer) RETURNS integer LANGUAGE sql STABLE RETURN $1 + 1;
CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  -- a comment; with a semicolon
  NEW.changed := coalesce(NEW.changed, 'epoch'::timestamptz);
  RETURN NEW;
END $body$;
CREATE PROCEDURE app.nothing(INOUT a integer DEFAULT 3, b text = ';') LANGUAGE sql BEGIN ATOMIC SELECT a; END;
CREATE AGGREGATE app.add_up(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE OPERATOR app.=== (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer, COMMUTATOR = OPERATOR(app.===));
CREATE FUNCTION app.mood_number(app.mood) RETURNS integer LANGUAGE sql IMMUTABLE RETURN 1;
CREATE CAST (app.mood AS integer) WITH FUNCTION app.mood_number(app.mood) AS ASSIGNMENT;
CREATE OPERATOR FAMILY app.family USING btree;
CREATE OPERATOR CLASS app.class FOR TYPE integer USING btree FAMILY app.family AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(integer, integer);
CREATE TEXT SEARCH DICTIONARY app.words (TEMPLATE = simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION app.search (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION app.search ALTER MAPPING FOR asciiword WITH app.words;
CREATE CONVERSION app.conversion FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE FOREIGN DATA WRAPPER dummy;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER dummy OPTIONS (host 'x''y');
CREATE USER MAPPING FOR restore_reader SERVER elsewhere OPTIONS (secret 'no');
CREATE FOREIGN TABLE app.far (a integer OPTIONS (n '1')) SERVER elsewhere;

CREATE TABLE app.people (
  id bigint GENERATED ALWAYS AS IDENTITY (START 7) PRIMARY KEY,
  name text NOT NULL COLLATE app.german,
  feeling app.mood DEFAULT 'ok',
  "both" app.pair,
  share app.positive,
  twice integer GENERATED ALWAYS AS (app.double(share)) STORED,
  changed timestamptz,
  tags hstore,
  raw bytea,
  doc jsonb,
  cost numeric(20, 6),
  ratio double precision,
  price money,
  span app.span,
  many text[],
  gap interval,
  CONSTRAINT named CHECK (length(name) < 500),
  UNIQUE (name, id)
);
INSERT INTO app.people (name, feeling, "both", share, changed, tags, raw, doc, cost, ratio, price, span, many, gap)
SELECT CASE n % 7 WHEN 0 THEN E'tab\there\\and\nthere' WHEN 1 THEN '\.' WHEN 2 THEN 'größe ☃ ' || n WHEN 3 THEN '' ELSE 'n' || n END,
  (ARRAY['sad', 'ok', NULL]::app.mood[])[n % 3 + 1], ROW(n, 'x,"y"')::app.pair, n, 'epoch'::timestamptz + n * interval '1 day',
  hstore('k' || n, NULL), decode(md5(n::text), 'hex'), jsonb_build_object('n', n, 's', E'a"b\\c'), n / 7.0,
  CASE n % 50 WHEN 0 THEN 'NaN' WHEN 1 THEN '-Infinity' ELSE n / 3.0 END, n::money, app.span(n, n + 0.5), ARRAY['a', NULL, 'b''' || n],
  n * interval '1 month 2 days 03:04:05.6'
FROM generate_series(1, 2000) AS n;
ALTER TABLE app.people ALTER COLUMN name SET STATISTICS 300, ALTER COLUMN raw SET STORAGE EXTERNAL,
  ALTER COLUMN doc SET (n_distinct = -0.5), SET (fillfactor = 80, autovacuum_enabled = off);
CREATE INDEX people_doc ON app.people USING gin (doc);
CREATE INDEX people_trgm ON app.people USING gin (name app.gin_trgm_ops);
CREATE INDEX people_part ON app.people (lower(name), share DESC NULLS LAST) INCLUDE (cost) WHERE share > 10;
CREATE STATISTICS app.both_of ON feeling, share FROM app.people;
ALTER TABLE app.people CLUSTER ON people_pkey;
ALTER TABLE app.people REPLICA IDENTITY FULL;
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE OF name ON app.people FOR EACH ROW WHEN (NEW.name <> '') EXECUTE FUNCTION app.stamp();
ALTER TABLE app.people DISABLE TRIGGER stamp;
ALTER TABLE app.people ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON app.people FOR SELECT TO restore_reader, restore_owner USING (share > 5);
COMMENT ON COLUMN app.people.name IS 'what they are called; really';
COMMENT ON INDEX app.people_doc IS 'finds';
COMMENT ON CONSTRAINT named ON app.people IS 'not too long';
COMMENT ON TRIGGER stamp ON app.people IS 'stamps';

CREATE TABLE app.orders (id serial PRIMARY KEY, person bigint REFERENCES app.people ON DELETE CASCADE DEFERRABLE, back bigint, EXCLUDE USING gist (int8range(id, id + 1) WITH &&));
INSERT INTO app.orders (person) SELECT id FROM app.people ORDER BY id LIMIT 300;
-- Two tables that need each other, and one that needs itself.
ALTER TABLE app.people ADD COLUMN first_order integer, ADD FOREIGN KEY (first_order) REFERENCES app.orders NOT VALID;
ALTER TABLE app.orders ADD FOREIGN KEY (back) REFERENCES app.orders;
UPDATE app.people SET first_order = o.id FROM app.orders o WHERE o.person = people.id;

CREATE TABLE app.measures (at date NOT NULL, sensor integer NOT NULL, value real, PRIMARY KEY (sensor, at)) PARTITION BY LIST (sensor);
CREATE TABLE app.measures_1 PARTITION OF app.measures FOR VALUES IN (1) PARTITION BY RANGE (at);
CREATE TABLE app.measures_1_old PARTITION OF app.measures_1 FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE app.measures_1_new PARTITION OF app.measures_1 FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
CREATE TABLE app.measures_other PARTITION OF app.measures DEFAULT;
CREATE INDEX measures_value ON app.measures (value);
INSERT INTO app.measures SELECT '2019-06-01'::date + n, n % 3, n / 4.0 FROM generate_series(1, 900) AS n;
CREATE TABLE app.parent (a integer, b text DEFAULT 'p');
CREATE TABLE app.kid (c integer) INHERITS (app.parent);
INSERT INTO app.parent VALUES (1, 'one');
INSERT INTO app.kid VALUES (2, 'two', 3);
CREATE UNLOGGED TABLE app.fast (a integer);
INSERT INTO app.fast VALUES (1), (2);
CREATE TABLE app.nothing ();
INSERT INTO app.nothing DEFAULT VALUES;
CREATE TABLE "Odd ""Name"""."select" ("from" integer, "a b" text, "FROM stdin" text);
INSERT INTO "Odd ""Name"""."select" VALUES (1, 'x', 'y');
CREATE TABLE app.typed OF app.pair (PRIMARY KEY (a));

CREATE VIEW app.happy WITH (security_barrier) AS SELECT id, name FROM app.people WHERE feeling = 'happy''s' WITH LOCAL CHECK OPTION;
CREATE VIEW app.grouped AS SELECT id, name, count(*) FROM app.people GROUP BY id;
CREATE RULE no_delete AS ON DELETE TO app.parent WHERE old.a = 1 DO INSTEAD NOTHING;
CREATE MATERIALIZED VIEW app.counted AS SELECT feeling, count(*) AS n FROM app.people GROUP BY feeling;
CREATE UNIQUE INDEX counted_feeling ON app.counted (feeling);
CREATE MATERIALIZED VIEW app.summed AS SELECT sum(n) AS n FROM app.counted;
CREATE MATERIALIZED VIEW app.unfilled AS SELECT 1 AS one WITH NO DATA;
CREATE PUBLICATION news FOR TABLE app.parent, app.orders WHERE (id > 5) WITH (publish = 'insert');
CREATE FUNCTION app.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watcher ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION app.watch();
COMMENT ON EVENT TRIGGER watcher IS 'watches';

ALTER TABLE app.orders OWNER TO restore_owner;
ALTER FUNCTION app.double(integer) OWNER TO restore_owner;
ALTER TYPE app.mood OWNER TO restore_owner;
GRANT USAGE ON SCHEMA app TO restore_reader;
GRANT SELECT (id, name), UPDATE (name) ON app.people TO restore_reader;
GRANT SELECT ON app.orders TO restore_reader WITH GRANT OPTION;
GRANT USAGE ON SEQUENCE app.lonely TO PUBLIC;
REVOKE EXECUTE ON FUNCTION app.double(integer) FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE restore_owner IN SCHEMA app GRANT SELECT ON TABLES TO restore_reader;

SELECT lo_from_bytea(17000, '\x00ff0a5c2e0a');
SELECT lo_from_bytea(17001, convert_to(repeat('large ', 200000), 'UTF8'));
SELECT lo_from_bytea(17002, '');
COMMENT ON LARGE OBJECT 17000 IS 'small';
ALTER LARGE OBJECT 17002 OWNER TO restore_owner;
GRANT SELECT ON LARGE OBJECT 17000 TO restore_reader;
GRANT SELECT ON LARGE OBJECT 17001 TO restore_reader;
