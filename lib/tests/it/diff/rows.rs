//! Columns whose values are rows of tables and views, and what is called with such rows, while the tables and views change.

use mainstay_testing::{server, server_of};

use super::{after, apply, check, deletes, plan, round_trip, told};
use mainstay::plan::Hazard;

/// Both ways, by online forms and plain ones, on an older server and the newest, and `query` as it was.
fn keeps(old: &str, new: &str, seed: &str, query: &str, rows: &str) {
    check(old, new);
    round_trip(server_of(18), old, new, true);
    round_trip(server_of(18), old, new, false);
    let (found, _) = after(&format!("{old};{seed}"), new, query);
    assert_eq!(found, rows, "{old}\n{new}");
}

#[test]
fn a_table_whose_rows_others_have() {
    let state = |columns: &str, read: &str| {
        format!(
            "CREATE TABLE t ({columns});
            CREATE DOMAIN sane AS t CHECK (VALUE::text <> '');
            CREATE TYPE pair AS (one t, many t[]);
            CREATE TABLE u (id int PRIMARY KEY, x t DEFAULT ROW(1, 'd', NULL, NULL), many t[], s sane, p pair, y text,
                CHECK ((x).{read} > 0));
            CREATE INDEX ON u (x); CREATE INDEX ON u (((x).{read}));
            CREATE VIEW v AS SELECT id, x, (x).{read} AS r FROM u; CREATE VIEW w AS SELECT x FROM v;
            CREATE MATERIALIZED VIEW m AS SELECT id, x FROM u;
            CREATE TABLE q (r u, many u[]); CREATE TABLE heir () INHERITS (u)"
        )
    };
    let old = state("a int, b text, c date, d numeric(10,2)", "a");
    let seed = "INSERT INTO u VALUES (1, (2, 'x,\"y', '2020-02-02', 1.5), ARRAY[ROW(3, NULL, NULL, NULL)::t, NULL], (4, '', NULL, NULL), \
        ((5, 'p', NULL, NULL), ARRAY[ROW(6, 'q', NULL, NULL)::t]), 'y'); INSERT INTO q SELECT u, ARRAY[u] FROM u; INSERT INTO u (id, x) VALUES (2, NULL)";
    let query = "SELECT x::text || many::text || s::text || p::text || (SELECT r FROM q)::text FROM u WHERE id = 1";
    let new = state("a bigint, b text, c date, d numeric(10,2)", "a");
    let (text, deletes) = after(&format!("{old};{seed}"), &old, query);
    assert!(!deletes);
    keeps(&old, &new, seed, query, &text);
    let (text_of_x, _) = after(
        &format!("{old};{seed}"),
        &state("b text, d numeric(10,2), c date, a int, e int DEFAULT 7", "a")
            .replace("DEFAULT ROW(1, 'd', NULL, NULL)", ""),
        "SELECT x::text FROM u WHERE id = 1",
    );
    assert_eq!(text_of_x, "(2,\"x,\"\"y\",2020-02-02,1.50,)");
}

#[test]
fn changes_of_every_sort_under_rows() {
    let state = |table: &str| format!("{table}; CREATE TABLE u (x t, many t[]); CREATE TABLE t_free (a int)");
    let states = [
        "CREATE TABLE t (a int, b text)",
        "CREATE TABLE t (a int, b text, c int DEFAULT 7 NOT NULL)",
        "CREATE TABLE t (a int, b text, g int GENERATED ALWAYS AS (a * 2) STORED)",
        "CREATE TABLE t (a int, b text, i int GENERATED ALWAYS AS IDENTITY)",
        "CREATE TABLE t (a varchar(9), b varchar(9))",
        "CREATE UNLOGGED TABLE t (a int)",
        "CREATE TABLE t (a int, b text) PARTITION BY LIST (a)",
        "CREATE VIEW t AS SELECT 1 AS a, 'x'::text AS b",
    ];
    states[1..].iter().for_each(|new| drop(check(&state(states[0]), &state(new))));
    let (old, new) = (state(states[0]), state(states[4]));
    let seed = "INSERT INTO u VALUES ((1, 'x'), ARRAY[ROW(2, 'y')::t])";
    assert_eq!(after(&format!("{old};{seed}"), &new, "SELECT x::text || many::text FROM u").0, "(1,x){\"(2,y)\"}");
}

#[test]
fn a_view_whose_rows_a_table_has() {
    let state = |query: &str| {
        format!(
            "CREATE TABLE t (a int, b text); CREATE VIEW v AS SELECT {query} FROM t;
            CREATE TABLE u (id int, x v, many v[]); CREATE VIEW w AS SELECT (x).a FROM u"
        )
    };
    let seed = "INSERT INTO u VALUES (1, (2, 'x'), ARRAY[ROW(3, 'y')::v])";
    let query = "SELECT (x).a || (many[1]).b FROM u";
    keeps(&state("a, b"), &state("b, a"), seed, query, "2y");
    keeps(&state("a, b"), &state("a, b, 1 AS c"), seed, query, "2y");
    keeps(&state("a, b"), &state("a::bigint AS a, b"), seed, query, "2y");
}

/// What a table's own checks and indexes call with its rows says of no column that it reads it.
#[test]
fn what_is_called_with_rows() {
    let state = |data_type: &str, read: &str, more: &str| {
        format!(
            "CREATE TABLE t (id int PRIMARY KEY, a {data_type}{more});
            CREATE FUNCTION f(t) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1.{read}::int';
            CREATE FUNCTION g(t) RETURNS bool LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT $1.id > 0; END;
            CREATE INDEX i ON t (f(t.*)); CREATE INDEX j ON t (id) WHERE f(t.*) > 1;
            ALTER TABLE t ADD CONSTRAINT c CHECK (f(t.*) > 0), ADD CONSTRAINT d CHECK (g(t.*));
            CREATE VIEW v AS SELECT f(t.*) AS n FROM t"
        )
    };
    let seed = "INSERT INTO t VALUES (1, 5)";
    keeps(&state("int", "a", ""), &state("bigint", "a", ""), seed, "SELECT n FROM v", "5");
    keeps(&state("int", "a", ""), &state("text", "id", ", b int DEFAULT 3"), seed, "SELECT n FROM v", "1");
}

/// Values that cannot be what the rows hold from then on are named, and so is where rows lose a column.
#[test]
fn what_rows_may_lose_is_told() {
    let state = |columns: &str| format!("CREATE TABLE t ({columns}); CREATE TABLE u (x t)");
    let (from, to) = (server().database(), server().database());
    from.psql(&format!("{}; INSERT INTO u VALUES (ROW('a')); INSERT INTO t VALUES ('1')", state("a text")));
    to.psql(&state("a int"));
    let found = plan(&from, &to);
    assert!(
        told(&found, Hazard::FailsOnRows).contains(&"fails where x in public.u as a text is no integer".to_owned()),
        "{}",
        found.to_sql()
    );
    assert!(server().try_psql("postgres", from.name(), &found.to_sql()).is_err());
    from.psql("UPDATE u SET x = ROW('7')");
    apply(&from, &found);
    assert_eq!(from.psql("SELECT (x).a + 1 FROM u"), "8");
    let told = deletes(&state("a int, b int"), &state("a int"));
    assert_eq!(told, ["drops column b of public.t, with its values in public.u"]);
}
