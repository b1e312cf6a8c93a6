//! What needs something that is made anew stands aside for it, whatever it is, and comes back as it was.

use super::{after, check, deletes};

/// Both ways between two states that differ in what others need, and no row or value is lost or said to be.
fn keeps(state: impl Fn(&str) -> String, [old, new]: [&str; 2], seed: &str, query: &str, rows: &str) {
    let (old, new) = (state(old), state(new));
    check(&old, &new);
    let seeded = format!("{old};{seed}");
    assert_eq!(after(&seeded, &new, query), (rows.to_owned(), false), "{:?}", deletes(&seeded, &new));
}

#[test]
fn of_a_function() {
    let state = |argument: &str| {
        format!(
            "CREATE FUNCTION f({argument} int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
            CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
            CREATE DOMAIN even AS int DEFAULT f(1) CHECK (f(VALUE) > 0);
            CREATE TABLE t (
                id int PRIMARY KEY, a int DEFAULT f(3) CHECK (f(a) > 0), e even,
                g int GENERATED ALWAYS AS (f(a)) STORED UNIQUE
            );
            COMMENT ON COLUMN t.g IS 'twice';
            GRANT SELECT (g) ON t TO PUBLIC;
            CREATE INDEX ON t (f(a)) WHERE f(id) > 0;
            CREATE INDEX by_g ON t (g);
            CREATE STATISTICS s ON f(a), f(id) FROM t;
            CREATE POLICY p ON t USING (f(a) > 0) WITH CHECK (f(g) > 1);
            CREATE TRIGGER r BEFORE UPDATE ON t FOR EACH ROW WHEN (f(new.a) > 1) EXECUTE FUNCTION fired();
            CREATE RULE u AS ON DELETE TO t WHERE f(old.a) = 4 DO INSTEAD NOTHING;
            CREATE VIEW v AS SELECT id, g FROM t WHERE f(a) > 0;
            ALTER VIEW v ALTER id SET DEFAULT f(7);
            CREATE MATERIALIZED VIEW m AS SELECT f(g) AS n FROM t;
            CREATE INDEX ON m (f(n));
            CREATE TABLE q (g int REFERENCES t (g));
            CREATE TABLE heir () INHERITS (t);
            CREATE FUNCTION user_of(a int DEFAULT f(2)) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT f(a); END;
            CREATE TABLE big (a int) PARTITION BY RANGE (f(a));
            CREATE TABLE big_1 PARTITION OF big FOR VALUES FROM (0) TO (10);"
        )
    };
    let seed = "INSERT INTO t VALUES (1, 5, 6); INSERT INTO heir VALUES (2, 7, 8); INSERT INTO q VALUES (10); INSERT INTO big VALUES (2)";
    let query =
        "SELECT string_agg(id || ':' || a || ':' || e || ':' || g, ' ' ORDER BY id) || (SELECT a FROM big_1) FROM t";
    keeps(state, ["x", "y"], seed, query, "1:5:6:10 2:7:8:142");
}

#[test]
fn of_an_operator() {
    let state = |function: &str| {
        format!(
            "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = {function}, COMMUTATOR = ===);
            CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
            CREATE DOMAIN d AS int CHECK (VALUE === VALUE);
            CREATE TABLE t (id int PRIMARY KEY, a boolean DEFAULT 1 === 1, e d, CHECK (id === id),
                g boolean GENERATED ALWAYS AS (id === id) STORED);
            CREATE INDEX ON t ((id === 1));
            CREATE STATISTICS s ON (id === 1), (id === 2) FROM t;
            CREATE POLICY p ON t USING (id === 1);
            CREATE TRIGGER r BEFORE UPDATE ON t FOR EACH ROW WHEN (new.id === 1) EXECUTE FUNCTION fired();
            CREATE VIEW v AS SELECT id === 1 AS one FROM t;"
        )
    };
    let seed = "INSERT INTO t VALUES (1, true, 1)";
    keeps(state, ["int4eq", "int4ge"], seed, "SELECT id || a::text || e || g::text FROM t", "1true1true");
}

#[test]
fn of_a_type() {
    let state = |labels: &str| {
        format!(
            "CREATE TYPE mood AS ENUM ({labels});
            CREATE TYPE pair AS (m mood, n int);
            CREATE DOMAIN feeling AS mood DEFAULT 'ok' CHECK (VALUE <> 'gone');
            CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
            CREATE FUNCTION says(m mood DEFAULT 'ok') RETURNS mood LANGUAGE sql IMMUTABLE AS 'SELECT $1';
            CREATE TABLE t (
                id int, m mood DEFAULT 'ok' CHECK (m <> 'gone'), f feeling, p pair DEFAULT ROW('ok', 1)::pair,
                g boolean GENERATED ALWAYS AS (m = 'ok') STORED, PRIMARY KEY (id, m)
            );
            CREATE INDEX ON t (m) WHERE m = 'ok';
            CREATE INDEX ON t (says(m));
            CREATE STATISTICS s ON id, m FROM t;
            CREATE POLICY p ON t USING (m = 'ok');
            CREATE TRIGGER r BEFORE UPDATE OF m ON t FOR EACH ROW WHEN (new.m = 'ok') EXECUTE FUNCTION fired();
            CREATE VIEW v AS SELECT id, m FROM t WHERE f::mood = 'ok';
            CREATE MATERIALIZED VIEW w AS SELECT m, count(*) FROM v GROUP BY m;
            CREATE TABLE q (id int, m mood, FOREIGN KEY (id, m) REFERENCES t);
            CREATE TABLE big (m mood NOT NULL, a int) PARTITION BY LIST (m);
            CREATE TABLE big_ok PARTITION OF big FOR VALUES IN ('ok');"
        )
    };
    let seed = "INSERT INTO t (id, f) VALUES (1, 'ok'), (2, 'sad'); INSERT INTO q VALUES (1, 'ok'); INSERT INTO big VALUES ('ok', 7)";
    let query = "SELECT string_agg(id || ':' || m || ':' || f || ':' || p || ':' || g, ' ' ORDER BY id) || (SELECT a FROM big_ok) FROM t";
    keeps(
        state,
        ["'sad', 'ok', 'gone'", "'ok', 'gone', 'sad'"],
        seed,
        query,
        "1:ok:ok:(ok,1):true 2:ok:sad:(ok,1):true7",
    );
}

/// A composite type that stands aside still has the types of its attributes, which no column need have.
#[test]
fn of_an_attributes_type() {
    let state = |labels: &str| {
        format!("CREATE TYPE mood AS ENUM ({labels}); CREATE TYPE pair AS (m mood, n int); CREATE TABLE t (p pair)")
    };
    keeps(state, ["'a', 'b'", "'b', 'a'"], "INSERT INTO t VALUES (('b', 1))", "SELECT p FROM t", "(b,1)");
}

#[test]
fn of_a_collation() {
    let state = |locale: &str| {
        format!(
            "CREATE COLLATION words (provider = icu, locale = '{locale}');
            CREATE DOMAIN word AS text COLLATE words;
            CREATE TYPE pair AS (a text COLLATE words, b int);
            CREATE TABLE t (a text COLLATE words PRIMARY KEY, b word, p pair, CHECK (a > 'a' COLLATE words));
            CREATE INDEX ON t (b COLLATE words);
            CREATE VIEW v AS SELECT a FROM t ORDER BY a"
        )
    };
    keeps(state, ["de", "sv"], "INSERT INTO t VALUES ('b', 'c', ('d', 1))", "SELECT a || b || p FROM t", "bc(d,1)");
}

/// The key of a partitioned table holds its columns' types.
#[test]
fn a_partition_key_changes_its_type() {
    let state = |data_type: &str| {
        format!(
            "CREATE TABLE p (a {data_type} NOT NULL, b int, PRIMARY KEY (a)) PARTITION BY RANGE (a);
            CREATE TABLE c PARTITION OF p FOR VALUES FROM ('0') TO ('10')"
        )
    };
    keeps(state, ["int", "bigint"], "INSERT INTO p VALUES (3, 4)", "SELECT a + b FROM p", "7");
}

/// A column's new type under all that reads it.
#[test]
fn of_a_column() {
    let state = |data_type: &str| {
        format!(
            "CREATE TABLE t (id int PRIMARY KEY, n {data_type}, g text GENERATED ALWAYS AS (n || 'x') STORED, CHECK (n > 0));
            CREATE INDEX ON t (g);
            CREATE STATISTICS s ON id, n FROM t;
            CREATE VIEW v AS SELECT g FROM t;
            CREATE PUBLICATION news FOR TABLE t WHERE (id > 1);
            CREATE TABLE u (g text GENERATED ALWAYS AS ('x') STORED)"
        )
    };
    keeps(state, ["int", "bigint"], "INSERT INTO t VALUES (1, 2)", "SELECT n || g FROM t", "22x");
}

/// A range type has a multirange beside it, and functions of both names.
#[test]
fn of_a_range() {
    let state = |difference: &str| {
        format!(
            "CREATE TYPE span AS RANGE (subtype = float8{difference});
            CREATE FUNCTION says(s span) RETURNS span LANGUAGE sql IMMUTABLE AS 'SELECT $1';
            CREATE TABLE t (id int PRIMARY KEY, s span DEFAULT '[1,2)', EXCLUDE USING gist (s WITH &&));
            CREATE VIEW v AS SELECT says(s) FROM t;"
        )
    };
    let seed = "INSERT INTO t VALUES (1, '[3,4)'), (2, '[5,6)')";
    let states = ["", ", subtype_diff = float8mi"];
    keeps(state, states, seed, "SELECT string_agg(s::text, ' ' ORDER BY id) FROM t", "[3,4) [5,6)");
}

/// What ranges are of stands aside with them.
#[test]
fn of_a_ranges_type() {
    let state = |labels: &str| {
        format!(
            "CREATE TYPE mood AS ENUM ({labels}); CREATE TYPE moods AS RANGE (subtype = mood); CREATE TABLE t (m moods)"
        )
    };
    let seed = "INSERT INTO t VALUES ('[b,b]')";
    keeps(state, ["'a', 'b', 'c'", "'c', 'b', 'a'"], seed, "SELECT m FROM t", "[b,b]");
}

/// Whoever reads an attribute is out of the way before it goes, and reads another one then.
#[test]
fn of_an_attribute() {
    let state = |attributes: &str, read: &str, lone: &str| {
        format!(
            "CREATE TYPE pair AS ({attributes});
            CREATE FUNCTION pairs(p pair) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT (p).{read}; END;
            CREATE FUNCTION told(p pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
            CREATE PROCEDURE run(p pair) LANGUAGE sql BEGIN ATOMIC SELECT (p).{read}; END;
            CREATE DOMAIN sane AS pair CHECK ((VALUE).{read} > 0);
            CREATE TABLE t (id int PRIMARY KEY, p pair DEFAULT ROW({lone}), g int GENERATED ALWAYS AS ((p).{read}) STORED,
                CONSTRAINT c CHECK ((p).{read} > 0), n int DEFAULT (ROW({lone})::pair).{read}, s sane);
            CREATE INDEX i ON t (((p).{read})); CREATE INDEX j ON t (id) WHERE (p).{read} > 1; CREATE INDEX k ON t (pairs(p));
            CREATE STATISTICS st ON ((p).{read}), id FROM t;
            CREATE VIEW v AS SELECT (p).{read} AS n FROM t; CREATE VIEW w AS SELECT n FROM v; CREATE VIEW x AS SELECT told(p) FROM t;
            CREATE MATERIALIZED VIEW m AS SELECT (p).{read} AS n FROM t;
            CREATE POLICY y ON t USING ((p).{read} > 0);
            CREATE RULE r AS ON UPDATE TO t WHERE (old.p).{read} = 4 DO INSTEAD NOTHING"
        )
    };
    let (old, new) = (state("a int, b int", "b", "1, 2"), state("a int", "a", "1"));
    check(&old, &new);
    let seed = "INSERT INTO t (id, p) VALUES (1, (5, 6))";
    assert_eq!(
        after(&format!("{old}; {seed}"), &new, "SELECT id || ' ' || p || g FROM t"),
        ("1 (5)5".to_owned(), true)
    );
    check(&old, &state("a int, c int", "c", "1, 3"));
}

/// Two sorts of type have one name, and a column that keeps its values.
#[test]
fn of_a_type_that_becomes_another_sort() {
    let state = |made: &str| {
        format!(
            "{made};
            CREATE TYPE pair AS (m mood, n int);
            CREATE FUNCTION f(m mood) RETURNS mood LANGUAGE sql IMMUTABLE AS 'SELECT $1';
            CREATE TABLE t (id int PRIMARY KEY, m mood DEFAULT 'b', list mood[], p pair, CHECK (m <> 'c'));
            CREATE INDEX ON t (f(m)); CREATE VIEW v AS SELECT m, list FROM t"
        )
    };
    let states = [
        state("CREATE TYPE mood AS ENUM ('a', 'b', 'c')"),
        state("CREATE DOMAIN mood AS text CHECK (VALUE IN ('a', 'b', 'c'))"),
        state("CREATE DOMAIN mood AS varchar(3)"),
    ];
    let seed = "INSERT INTO t VALUES (1, 'a', '{a,b}', ('c', 1))";
    for (at, old) in states.iter().enumerate() {
        for new in states.iter().enumerate().filter(|(other, _)| at != *other).map(|(_, new)| new) {
            check(old, new);
            let (rows, _) = after(&format!("{old}; {seed}"), new, "SELECT m::text || list::text || p FROM t");
            assert_eq!(rows, "a{a,b}(c,1)", "{old}\n{new}");
        }
    }
}

/// The server changes a default in place where it has the argument's own type, and takes none away.
#[test]
fn defaults_of_arguments() {
    let state = |arguments: &str| {
        format!(
            "CREATE FUNCTION f({arguments}) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE t (a int DEFAULT 1);
            CREATE VIEW v AS SELECT f(a => 1, b => 'x'::text) AS n FROM t"
        )
    };
    for (old, new) in [
        ("a int DEFAULT 1, b text DEFAULT 'q'", "a int, b text DEFAULT ' DEFAULT '"),
        ("a int, \"b\" text DEFAULT ' DEFAULT  DEFAULT '", "a int DEFAULT 2, b text DEFAULT ''"),
        ("a int, b anyelement DEFAULT 'x'::text", "a int, b anyelement DEFAULT 1"),
        ("a int, b anyelement DEFAULT 'x'::text", "a int DEFAULT 3, b anyelement DEFAULT 'x'::text"),
    ] {
        check(&state(old), &state(new));
    }
}
