//! The statements, and the database that they run on.

pub const SCHEMA: &str = "
CREATE ROLE effects_owner;
CREATE SCHEMA s;
CREATE SCHEMA other;
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TYPE pair AS (x int, y int);
CREATE DOMAIN plain AS text;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN varied AS float8 DEFAULT random();
CREATE DOMAIN usual AS text DEFAULT 'x';
CREATE DOMAIN s.text AS pg_catalog.text CHECK (VALUE <> '');
CREATE DOMAIN s.\"integer\" AS pg_catalog.int4;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION steady() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION wild() RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN 1; END';
CREATE TABLE a (
    id int PRIMARY KEY, name varchar(10), body text, price numeric(10,2), at timestamp, checked text, mood mood,
    plain plain, positive positive, pair pair, net cidr, fixed char(5), bigid bigint NOT NULL, code text,
    CONSTRAINT has_checked CHECK (checked IS NOT NULL), CONSTRAINT has_body CHECK (length(body) < 100) NOT VALID,
    CONSTRAINT a_code UNIQUE (code)
);
CREATE INDEX a_name ON a (name);
CREATE INDEX a_body ON a (body);
CREATE UNIQUE INDEX a_bigid ON a (bigid);
CREATE STATISTICS a_stats ON name, body FROM a;
CREATE TABLE b (id serial PRIMARY KEY, a int REFERENCES a, n int, ident int GENERATED ALWAYS AS IDENTITY, gen int GENERATED ALWAYS AS (1) STORED);
ALTER TABLE b ADD CONSTRAINT b_later FOREIGN KEY (n) REFERENCES a NOT VALID;
CREATE TABLE lone (id int, v int NOT NULL);
CREATE TABLE parted (id int, v text, a int) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000);
CREATE TABLE parted_default PARTITION OF parted DEFAULT;
CREATE INDEX parted_v ON parted (v);
CREATE TABLE simple (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
CREATE TABLE simple_1 PARTITION OF simple FOR VALUES FROM (0) TO (1000);
CREATE TABLE loose (id int NOT NULL, v text);
CREATE TABLE loose_parted (id int NOT NULL, v text, a int);
CREATE TABLE deep (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE deep_1 PARTITION OF deep FOR VALUES FROM (0) TO (1000) PARTITION BY RANGE (v);
CREATE TABLE deep_1_1 PARTITION OF deep_1 FOR VALUES FROM (0) TO (1000);
CREATE TABLE deep_loose (id int, v int);
CREATE TABLE aim (id int PRIMARY KEY);
CREATE TABLE aiming (id int, a int) PARTITION BY RANGE (id);
CREATE TABLE aiming_1 PARTITION OF aiming FOR VALUES FROM (0) TO (1000);
ALTER TABLE aiming_1 ADD CONSTRAINT aiming_a FOREIGN KEY (a) REFERENCES aim;
CREATE TABLE aimed (id int, a int REFERENCES aim) PARTITION BY RANGE (id);
CREATE TABLE aimed_loose (id int, a int REFERENCES aim);
CREATE TABLE parent (id int, v text);
CREATE TABLE child (w int) INHERITS (parent);
CREATE TABLE orphan (id int, v text, w int);
CREATE TABLE typed OF pair;
CREATE UNLOGGED TABLE quick (id int PRIMARY KEY);
CREATE VIEW va AS SELECT id, name FROM a;
CREATE VIEW vva AS SELECT id FROM va;
CREATE MATERIALIZED VIEW m AS SELECT id, name FROM a;
CREATE UNIQUE INDEX m_id ON m (id);
CREATE SEQUENCE seq;
CREATE TRIGGER t BEFORE INSERT ON lone FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER pt AFTER INSERT ON simple FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE r AS ON DELETE TO loose DO INSTEAD NOTHING;
CREATE POLICY p ON lone USING (id > 0);
CREATE PUBLICATION pub FOR TABLE lone;
CREATE TABLE s.t (id int);
CREATE TABLE s.u (id int);
CREATE VIEW s.v AS SELECT id FROM s.t;
INSERT INTO a SELECT n, n, n, n, now(), n, 'a', n, n, (n, n)::pair, '10.0.0.0/8', n, n, n FROM generate_series(1, 500) n;
INSERT INTO b (a, n) SELECT n, n FROM generate_series(1, 500) n;
INSERT INTO parted SELECT n, n, n FROM generate_series(1, 500) n;
INSERT INTO simple SELECT n, n FROM generate_series(1, 500) n;
INSERT INTO parent SELECT n, n FROM generate_series(1, 500) n;
INSERT INTO loose SELECT n, n FROM generate_series(2001, 2500) n;
REFRESH MATERIALIZED VIEW m;
";

/// Each with the version from which on a server takes it.
pub const STATEMENTS: &[(u32, &str)] = &[
    // Tables.
    (13, "CREATE TABLE x (id int)"),
    (13, "CREATE TABLE x (id int REFERENCES a, n int, FOREIGN KEY (n) REFERENCES b (id))"),
    (13, "CREATE TABLE x (LIKE a INCLUDING ALL)"),
    (13, "CREATE TABLE x () INHERITS (parent)"),
    (13, "CREATE TABLE x PARTITION OF parted FOR VALUES FROM (2000) TO (3000)"),
    (13, "CREATE TABLE x PARTITION OF simple FOR VALUES FROM (2000) TO (3000)"),
    (13, "CREATE TABLE x OF pair"),
    (13, "CREATE TABLE x AS SELECT * FROM va"),
    (13, "DROP TABLE lone"),
    (13, "DROP TABLE b"),
    (13, "DROP TABLE a CASCADE"),
    (13, "DROP TABLE parted"),
    (13, "DROP TABLE parted_1"),
    (13, "DROP TABLE child"),
    (13, "DROP TABLE parent CASCADE"),
    (13, "DROP TABLE s.t CASCADE"),
    (13, "TRUNCATE lone"),
    (13, "TRUNCATE a CASCADE"),
    (13, "LOCK TABLE lone IN SHARE MODE"),
    (13, "CLUSTER a USING a_name"),
    (13, "ALTER TABLE a RENAME TO z"),
    (13, "ALTER TABLE a SET SCHEMA other"),
    (13, "ALTER TABLE b SET SCHEMA other"),
    (13, "ALTER TABLE b OWNER TO effects_owner"),
    (13, "ALTER TABLE a SET (fillfactor = 70)"),
    (13, "ALTER TABLE a SET (autovacuum_enabled = false, toast.autovacuum_enabled = false)"),
    (13, "ALTER TABLE a SET (user_catalog_table = true)"),
    (13, "ALTER TABLE a RESET (fillfactor)"),
    (13, "ALTER TABLE orphan SET UNLOGGED"),
    (13, "ALTER TABLE quick SET LOGGED"),
    (13, "ALTER TABLE quick SET UNLOGGED"),
    (13, "ALTER TABLE a CLUSTER ON a_name"),
    (13, "ALTER TABLE a SET WITHOUT CLUSTER"),
    (13, "ALTER TABLE a REPLICA IDENTITY FULL"),
    (13, "ALTER TABLE a REPLICA IDENTITY USING INDEX a_bigid"),
    (13, "ALTER TABLE a ENABLE ROW LEVEL SECURITY"),
    (13, "ALTER TABLE lone DISABLE TRIGGER t"),
    (13, "ALTER TABLE simple ENABLE ALWAYS TRIGGER pt"),
    (13, "ALTER TABLE loose DISABLE RULE r"),
    (13, "ALTER TABLE typed NOT OF"),
    // Columns.
    (13, "ALTER TABLE a ADD COLUMN x int"),
    (13, "ALTER TABLE a ADD COLUMN x int DEFAULT 1"),
    (13, "ALTER TABLE a ADD COLUMN x int NOT NULL DEFAULT 1"),
    (13, "ALTER TABLE orphan ADD COLUMN x int NOT NULL"),
    (13, "ALTER TABLE a ADD COLUMN x timestamptz DEFAULT now()"),
    (13, "ALTER TABLE a ADD COLUMN x timestamptz DEFAULT clock_timestamp()"),
    (13, "ALTER TABLE a ADD COLUMN x int DEFAULT steady()"),
    (13, "ALTER TABLE a ADD COLUMN x int DEFAULT wild()"),
    (13, "ALTER TABLE a ADD COLUMN x uuid DEFAULT gen_random_uuid()"),
    (13, "ALTER TABLE a ADD COLUMN x serial"),
    (13, "ALTER TABLE a ADD COLUMN x int GENERATED ALWAYS AS IDENTITY"),
    (13, "ALTER TABLE a ADD COLUMN x int GENERATED ALWAYS AS (id + 1) STORED"),
    (18, "ALTER TABLE a ADD COLUMN x int GENERATED ALWAYS AS (id + 1)"),
    (13, "ALTER TABLE a ADD COLUMN x int CHECK (x > 0)"),
    (13, "ALTER TABLE a ADD COLUMN x int UNIQUE"),
    (13, "ALTER TABLE lone ADD COLUMN x int REFERENCES a"),
    (13, "ALTER TABLE lone ADD COLUMN x int DEFAULT 1 REFERENCES a"),
    (13, "ALTER TABLE a ADD COLUMN x positive"),
    (13, "ALTER TABLE a ADD COLUMN x plain"),
    (13, "ALTER TABLE a ADD COLUMN x usual"),
    (13, "ALTER TABLE a ADD COLUMN x varied"),
    (13, "ALTER TABLE a ADD COLUMN x varied DEFAULT 1"),
    (13, "ALTER TABLE a ADD COLUMN x text"),
    (13, "ALTER TABLE a ADD COLUMN x s.text"),
    (13, "ALTER TABLE parted ADD COLUMN x positive"),
    (13, "ALTER TABLE parted ADD COLUMN x varied"),
    (13, "ALTER TABLE a ALTER bigid TYPE s.\"integer\""),
    (13, "ALTER TABLE parted ADD COLUMN x int"),
    (13, "ALTER TABLE parent ADD COLUMN x int DEFAULT random()"),
    (13, "ALTER TABLE a DROP COLUMN price"),
    (13, "ALTER TABLE a DROP COLUMN body"),
    (13, "ALTER TABLE a DROP COLUMN code"),
    (13, "ALTER TABLE b DROP COLUMN a"),
    (13, "ALTER TABLE b DROP COLUMN id"),
    (13, "ALTER TABLE a DROP COLUMN id CASCADE"),
    (13, "ALTER TABLE parent DROP COLUMN v"),
    (13, "ALTER TABLE a RENAME COLUMN name TO title"),
    (13, "ALTER TABLE parent RENAME COLUMN v TO w2"),
    (13, "ALTER TABLE a ALTER name SET NOT NULL"),
    (13, "ALTER TABLE a ALTER checked SET NOT NULL"),
    (13, "ALTER TABLE a ALTER bigid SET NOT NULL"),
    (13, "ALTER TABLE parted ALTER v SET NOT NULL"),
    (13, "ALTER TABLE a ALTER bigid DROP NOT NULL"),
    (13, "ALTER TABLE a ALTER name SET DEFAULT 'x'"),
    (13, "ALTER TABLE parent ALTER v SET DEFAULT 'x'"),
    (13, "ALTER TABLE a ALTER name DROP DEFAULT"),
    (13, "ALTER TABLE a ALTER name SET STATISTICS 100"),
    (13, "ALTER TABLE parent ALTER v SET STATISTICS 100"),
    (13, "ALTER TABLE a ALTER name SET (n_distinct = 5)"),
    (13, "ALTER TABLE a ALTER body SET STORAGE EXTERNAL"),
    (14, "ALTER TABLE a ALTER body SET COMPRESSION pglz"),
    (13, "ALTER TABLE lone ALTER v ADD GENERATED ALWAYS AS IDENTITY"),
    (13, "ALTER TABLE b ALTER ident SET GENERATED BY DEFAULT"),
    (13, "ALTER TABLE b ALTER ident SET INCREMENT BY 2"),
    (13, "ALTER TABLE b ALTER ident RESTART WITH 1000"),
    (13, "ALTER TABLE b ALTER ident DROP IDENTITY"),
    (13, "ALTER TABLE b ALTER gen DROP EXPRESSION"),
    (17, "ALTER TABLE b ALTER gen SET EXPRESSION AS (2)"),
    (13, "ALTER TABLE orphan ALTER id TYPE bigint"),
    (13, "ALTER TABLE orphan ALTER id TYPE int4"),
    (13, "ALTER TABLE a ALTER price TYPE numeric(12,2)"),
    (13, "ALTER TABLE a ALTER price TYPE numeric(12,3)"),
    (13, "ALTER TABLE a ALTER body TYPE varchar(200)"),
    (13, "ALTER TABLE a ALTER net TYPE inet"),
    (13, "ALTER TABLE a ALTER at TYPE timestamp(3)"),
    (13, "ALTER TABLE a ALTER mood TYPE text"),
    (13, "ALTER TABLE a ALTER plain TYPE text"),
    (13, "ALTER TABLE a ALTER positive TYPE int"),
    (13, "ALTER TABLE a ALTER fixed TYPE char(6)"),
    (13, "ALTER TABLE a ALTER price TYPE text USING price::text"),
    (13, "ALTER TABLE b ALTER a TYPE bigint"),
    (13, "ALTER TABLE parted ALTER v TYPE varchar(100)"),
    (13, "ALTER TABLE parted ALTER v TYPE varchar"),
    (13, "ALTER TABLE parent ALTER v TYPE varchar(100)"),
    // Constraints.
    (13, "ALTER TABLE a ADD CONSTRAINT x CHECK (id > 0)"),
    (13, "ALTER TABLE a ADD CONSTRAINT x CHECK (id > 0) NOT VALID"),
    (13, "ALTER TABLE parent ADD CHECK (id > 0)"),
    (13, "ALTER TABLE parted ADD CHECK (id >= 0)"),
    (13, "ALTER TABLE lone ADD UNIQUE (id)"),
    (13, "ALTER TABLE lone ADD PRIMARY KEY (v)"),
    (13, "ALTER TABLE lone ADD PRIMARY KEY (id)"),
    (13, "ALTER TABLE parted ADD PRIMARY KEY (id)"),
    (13, "ALTER TABLE a ADD CONSTRAINT a_big UNIQUE USING INDEX a_bigid"),
    (13, "ALTER TABLE lone ADD EXCLUDE (id WITH =)"),
    (13, "ALTER TABLE lone ADD FOREIGN KEY (id) REFERENCES a"),
    (13, "ALTER TABLE lone ADD FOREIGN KEY (id) REFERENCES a NOT VALID"),
    (13, "ALTER TABLE parted ADD FOREIGN KEY (a) REFERENCES a"),
    (13, "ALTER TABLE aiming ADD CONSTRAINT aiming_a FOREIGN KEY (a) REFERENCES aim"),
    (13, "ALTER TABLE aiming ADD FOREIGN KEY (id) REFERENCES aim"),
    (13, "ALTER TABLE aimed ATTACH PARTITION aimed_loose FOR VALUES FROM (0) TO (10)"),
    (13, "ALTER TABLE lone ADD FOREIGN KEY (id) REFERENCES simple"),
    (18, "ALTER TABLE a ADD CONSTRAINT nn NOT NULL name"),
    (18, "ALTER TABLE a ADD CONSTRAINT nn NOT NULL name NOT VALID"),
    (18, "ALTER TABLE lone ADD FOREIGN KEY (id) REFERENCES a NOT ENFORCED"),
    (13, "ALTER TABLE a VALIDATE CONSTRAINT has_body"),
    (13, "ALTER TABLE a VALIDATE CONSTRAINT has_checked"),
    (13, "ALTER TABLE b VALIDATE CONSTRAINT b_later"),
    (13, "ALTER TABLE a DROP CONSTRAINT has_checked"),
    (13, "ALTER TABLE a DROP CONSTRAINT a_code"),
    (13, "ALTER TABLE a DROP CONSTRAINT a_pkey CASCADE"),
    (13, "ALTER TABLE b DROP CONSTRAINT b_a_fkey"),
    (13, "ALTER TABLE b ALTER CONSTRAINT b_a_fkey DEFERRABLE"),
    (13, "ALTER TABLE a RENAME CONSTRAINT has_checked TO y"),
    (13, "ALTER TABLE a RENAME CONSTRAINT a_code TO y"),
    // Indexes and statistics.
    (13, "CREATE INDEX x ON a (name)"),
    (13, "CREATE UNIQUE INDEX ON a (id)"),
    (13, "CREATE INDEX x ON parted (id)"),
    (13, "CREATE INDEX x ON ONLY parted (id)"),
    (13, "CREATE INDEX x ON m (name)"),
    (13, "DROP INDEX a_name"),
    (13, "DROP INDEX parted_v"),
    (13, "ALTER INDEX a_name RENAME TO x"),
    (13, "ALTER INDEX a_name SET (fillfactor = 70)"),
    (13, "REINDEX INDEX a_name"),
    (13, "REINDEX TABLE b"),
    (13, "CREATE STATISTICS x ON id, name FROM a"),
    (13, "DROP STATISTICS a_stats"),
    (13, "ALTER STATISTICS a_stats SET STATISTICS 10"),
    // Views.
    (13, "CREATE VIEW x AS SELECT * FROM a"),
    (13, "CREATE VIEW x AS SELECT va.id, b.n FROM va JOIN b ON b.id = va.id"),
    (13, "CREATE OR REPLACE VIEW va AS SELECT id, name FROM a WHERE id > 0"),
    (13, "CREATE OR REPLACE VIEW va AS SELECT id, name, body FROM a"),
    (13, "ALTER VIEW va SET (security_barrier = true)"),
    (13, "ALTER VIEW va RENAME TO x"),
    (13, "ALTER VIEW va OWNER TO effects_owner"),
    (13, "DROP VIEW va CASCADE"),
    (13, "DROP VIEW vva"),
    (13, "CREATE MATERIALIZED VIEW x AS SELECT * FROM va"),
    (13, "CREATE MATERIALIZED VIEW x AS SELECT * FROM vva WITH NO DATA"),
    (13, "REFRESH MATERIALIZED VIEW m"),
    (13, "REFRESH MATERIALIZED VIEW CONCURRENTLY m"),
    (13, "ALTER MATERIALIZED VIEW m RENAME TO x"),
    (13, "DROP MATERIALIZED VIEW m"),
    // Partitions and inheritance.
    (13, "ALTER TABLE simple ATTACH PARTITION loose FOR VALUES FROM (2000) TO (3000)"),
    (13, "ALTER TABLE parted ATTACH PARTITION loose_parted FOR VALUES FROM (2000) TO (3000)"),
    (14, "ALTER TABLE parted DETACH PARTITION parted_1"),
    (13, "ALTER TABLE simple DETACH PARTITION simple_1"),
    (13, "ALTER TABLE deep_1 ATTACH PARTITION deep_loose FOR VALUES FROM (2000) TO (3000)"),
    (13, "CREATE TABLE x PARTITION OF deep_1 FOR VALUES FROM (2000) TO (3000)"),
    (13, "ALTER TABLE deep ADD COLUMN x int"),
    (13, "INSERT INTO deep_1_1 VALUES (1, 1)"),
    (13, "DROP TABLE deep_1_1"),
    (13, "ALTER TABLE orphan INHERIT parent"),
    (13, "ALTER TABLE child NO INHERIT parent"),
    // What hangs on tables.
    (13, "CREATE TRIGGER x AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION touch()"),
    (13, "CREATE TRIGGER x AFTER INSERT ON simple FOR EACH ROW EXECUTE FUNCTION touch()"),
    (13, "CREATE TRIGGER x INSTEAD OF INSERT ON va FOR EACH ROW EXECUTE FUNCTION touch()"),
    (13, "CREATE CONSTRAINT TRIGGER x AFTER INSERT ON b FROM a DEFERRABLE FOR EACH ROW EXECUTE FUNCTION touch()"),
    (13, "DROP TRIGGER t ON lone"),
    (13, "DROP TRIGGER pt ON simple"),
    (13, "ALTER TRIGGER t ON lone RENAME TO x"),
    (13, "ALTER TRIGGER pt ON simple RENAME TO x"),
    (13, "CREATE RULE x AS ON INSERT TO lone DO ALSO DELETE FROM loose"),
    (13, "DROP RULE r ON loose"),
    (13, "ALTER RULE r ON loose RENAME TO x"),
    (13, "CREATE POLICY x ON lone USING (id IN (SELECT id FROM a))"),
    (13, "ALTER POLICY p ON lone USING (id > 1)"),
    (13, "DROP POLICY p ON lone"),
    (13, "COMMENT ON TABLE a IS 'x'"),
    (13, "COMMENT ON COLUMN public.a.name IS 'x'"),
    (13, "COMMENT ON CONSTRAINT a_code ON a IS 'x'"),
    (13, "COMMENT ON TRIGGER t ON lone IS 'x'"),
    (13, "COMMENT ON INDEX a_name IS 'x'"),
    (13, "COMMENT ON VIEW va IS 'x'"),
    (13, "COMMENT ON SEQUENCE seq IS 'x'"),
    (13, "COMMENT ON SCHEMA s IS 'x'"),
    (13, "COMMENT ON FUNCTION steady() IS 'x'"),
    (13, "GRANT SELECT ON a TO effects_owner"),
    (13, "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM effects_owner"),
    // Sequences.
    (13, "CREATE SEQUENCE x OWNED BY lone.id"),
    (13, "ALTER SEQUENCE seq INCREMENT BY 2"),
    (13, "ALTER SEQUENCE seq OWNED BY lone.id"),
    (13, "ALTER SEQUENCE seq RENAME TO x"),
    (13, "ALTER SEQUENCE seq OWNER TO effects_owner"),
    (13, "DROP SEQUENCE seq"),
    (13, "SELECT setval('seq', 100)"),
    // Publications.
    (13, "CREATE PUBLICATION x FOR TABLE a, ONLY b"),
    (13, "ALTER PUBLICATION pub ADD TABLE a"),
    (13, "ALTER PUBLICATION pub DROP TABLE lone"),
    (13, "ALTER PUBLICATION pub SET TABLE a"),
    (13, "DROP PUBLICATION pub"),
    // Types, domains, functions, schemas.
    (13, "ALTER TYPE mood ADD VALUE 'c'"),
    (13, "ALTER TYPE mood RENAME VALUE 'a' TO 'z'"),
    (13, "ALTER TYPE pair ADD ATTRIBUTE z int CASCADE"),
    (13, "ALTER TYPE pair RENAME TO x"),
    (13, "ALTER DOMAIN positive ADD CHECK (VALUE < 10000)"),
    (13, "ALTER DOMAIN positive ADD CONSTRAINT q CHECK (VALUE < 10000) NOT VALID"),
    (13, "ALTER DOMAIN plain SET NOT NULL"),
    (13, "ALTER DOMAIN plain SET DEFAULT 'x'"),
    (13, "ALTER DOMAIN positive DROP CONSTRAINT positive_check"),
    (13, "DROP TYPE mood CASCADE"),
    (13, "DROP DOMAIN plain CASCADE"),
    (13, "CREATE FUNCTION x() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM a'"),
    (14, "CREATE FUNCTION x() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM a; END"),
    (13, "CREATE OR REPLACE FUNCTION steady() RETURNS int LANGUAGE sql AS 'SELECT 2'"),
    (13, "DROP FUNCTION touch() CASCADE"),
    (13, "DROP FUNCTION wild()"),
    (13, "ALTER SCHEMA s RENAME TO x"),
    (13, "DROP SCHEMA s CASCADE"),
    (13, "DROP SCHEMA other"),
    // Rows.
    (13, "SELECT * FROM vva"),
    (13, "SELECT * FROM a WHERE id = 1 FOR UPDATE"),
    (13, "INSERT INTO s.t VALUES (1)"),
    (13, "UPDATE s.t SET id = 2"),
    (13, "DELETE FROM s.t"),
    (13, "ANALYZE a"),
];
