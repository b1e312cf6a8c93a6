//! What is changed in place keeps its rows, and what reads it is made anew as it was.

use mainstay::plan::Hazard;
use mainstay_testing::{server, server_of};

use super::{after, apply, check, deletes, plan, round_trip, structure, told};

#[test]
fn a_type_made_anew_takes_its_columns_along() {
    let old = "CREATE TYPE mood AS ENUM ('sad', 'ok', 'gone');
        CREATE TABLE t (id int, m mood DEFAULT 'ok', list mood[]);
        CREATE VIEW v AS SELECT m FROM t;
        GRANT SELECT ON v TO PUBLIC;
        INSERT INTO t VALUES (1, 'sad', '{sad,ok}'), (2, 'ok', NULL);";
    let new = "CREATE TYPE mood AS ENUM ('ok', 'sad');
        CREATE TABLE t (id int, m mood DEFAULT 'ok', list mood[]);
        CREATE VIEW v AS SELECT m FROM t;
        GRANT SELECT ON v TO PUBLIC;";
    let (rows, deletes) =
        after(old, new, "SELECT string_agg(id || m::text || coalesce(list::text, ''), ' ' ORDER BY id) FROM t");
    assert_eq!((rows.as_str(), deletes), ("1sad{sad,ok} 2ok", false));
    check(old, new);
}

#[test]
fn a_column_changes_its_type_under_views_policies_and_triggers() {
    let state = |data_type: &str| {
        format!(
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
            CREATE TABLE t (id int PRIMARY KEY, n {data_type});
            CREATE VIEW v AS SELECT n FROM t;
            CREATE VIEW w AS SELECT n FROM v WHERE n IS NOT NULL;
            COMMENT ON VIEW w IS 'kept';
            CREATE POLICY p ON t USING (n IS NOT NULL);
            CREATE TRIGGER g BEFORE UPDATE OF n ON t FOR EACH ROW EXECUTE FUNCTION f();
            CREATE INDEX i ON t (n);"
        )
    };
    let old = format!("{}; INSERT INTO t VALUES (1, 7)", state("int"));
    let (rows, deletes) = after(&old, &state("numeric(10,2)"), "SELECT n FROM w");
    assert_eq!((rows.as_str(), deletes), ("7.00", false));
    check(&state("int"), &state("text"));
}

#[test]
fn a_function_made_anew_takes_its_users_along() {
    let state = |argument: &str| {
        format!(
            "CREATE FUNCTION f({argument} int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
            CREATE TABLE t (id int PRIMARY KEY, a int DEFAULT f(1), CONSTRAINT c CHECK (f(a) > 0));
            CREATE INDEX i ON t (f(a));
            CREATE VIEW v AS SELECT f(a) FROM t;"
        )
    };
    let old = format!("{}; INSERT INTO t VALUES (1, 5)", state("x"));
    let (rows, deletes) = after(&old, &state("y"), "SELECT id || ' ' || a FROM t");
    assert_eq!((rows.as_str(), deletes), ("1 5", false));
    check(&state("x"), &state("y"));
}

#[test]
fn what_is_lost_is_named() {
    let old = "CREATE TABLE t (a int, b int); CREATE TABLE u (a int)";
    let (_, deletes) = after(old, "CREATE TABLE t (a int); CREATE TABLE u (a int)", "SELECT 1");
    assert!(deletes, "a column");
    let (_, deletes) = after(old, "CREATE TABLE t (a int, b int)", "SELECT 1");
    assert!(deletes, "a table");
    let (_, deletes) =
        after(old, "CREATE TABLE t (a int, b int) PARTITION BY RANGE (a); CREATE TABLE u (a int)", "SELECT 1");
    assert!(deletes, "a table that becomes a partitioned one");
}

/// A cast may cut and round without a word; what only the server's own way of assigning values does fails instead.
#[test]
fn values_that_may_be_cut_are_named() {
    for (old, new, named) in [
        ("numeric(10,4)", "numeric(10,1)", true),
        ("double precision", "integer", true),
        ("timestamptz", "date", true),
        ("integer", "bigint", false),
        ("text", "uuid", false),
    ] {
        let state = |data_type: &str| format!("CREATE TABLE t (v {data_type})");
        let told = deletes(&state(old), &state(new));
        assert_eq!(told.iter().any(|reason| reason.starts_with("may cut or round the values of v")), named, "{told:?}");
    }
    let (from, to) = (server().database(), server().database());
    from.psql("CREATE TABLE t (v text); INSERT INTO t VALUES ('abcdef')");
    to.psql("CREATE TABLE t (v varchar(3))");
    let sql = plan(&from, &to).to_sql();
    assert!(server().try_psql("postgres", from.name(), &sql).is_err(), "{sql}");
    assert_eq!(from.psql("SELECT v FROM t"), "abcdef");
}

/// A dropped attribute takes values from every table that has columns of its type, by whatever way.
#[test]
fn a_dropped_attribute_names_the_tables() {
    let state = |attributes: &str| {
        format!(
            "CREATE TYPE pair AS ({attributes}); CREATE DOMAIN two AS pair; CREATE TABLE t (p pair); CREATE TABLE u (p two[]); CREATE TABLE w (a int)"
        )
    };
    let (old, new) = (state("a int, b int"), state("a int"));
    assert_eq!(deletes(&old, &new), ["drops attribute b of type public.pair, with its values in public.t, public.u"]);
    assert!(deletes(&new, &old).is_empty());
}

/// A list of varchar is printed otherwise once it was read from its own print.
#[test]
fn two_spellings_are_no_difference() {
    let old = "CREATE TABLE t (id int, s varchar(9), x varchar(9)[])";
    let new = "CREATE TABLE t (id int, s varchar(9) CHECK (s IN ('a', 'b')), x varchar(9)[]); CREATE INDEX ON t (id) WHERE s IN ('a', 'b');
        CREATE POLICY p ON t USING (s IN ('a', 'b')); CREATE VIEW v AS SELECT id FROM t WHERE s IN ('a', 'b')";
    let (from, to) = (server().database(), server().database());
    from.psql(old);
    to.psql(new);
    apply(&from, &plan(&from, &to));
    let rest = plan(&from, &to);
    assert!(rest.is_empty(), "{}", rest.to_sql());
}

/// From 17 on a column is computed in another way where it stands, and what reads it stays.
#[test]
fn a_generated_column_gets_another_expression() {
    let state = |expression: &str, more: &str| {
        format!(
            "CREATE TABLE t (a int, g int GENERATED ALWAYS AS ({expression}) STORED{more}); CREATE INDEX i ON t (g);
            CREATE VIEW v AS SELECT g FROM t; CREATE TABLE p (a int, g int GENERATED ALWAYS AS ({expression}) STORED);
            CREATE TABLE c () INHERITS (p)"
        )
    };
    let (old, new) = (state("a + 1", ""), state("a + 2 * b", ", b int DEFAULT 5"));
    let new = new.replace("p (a int", "p (a int, b int");
    let (there, _) = round_trip(server_of(18), &old, &new, true);
    let set: Vec<&String> = there.iter().filter(|sql| sql.contains("EXPRESSION")).collect();
    assert_eq!(set, ["ALTER TABLE public.t ALTER COLUMN g SET EXPRESSION AS ((a + (2 * b)))"]);
    let (from, to) = (server_of(18).database(), server_of(18).database());
    from.psql(&format!("{old}; INSERT INTO t VALUES (1)"));
    to.psql(&new);
    let plan = plan(&from, &to);
    let again = "rewrites table public.t: column g is computed again".to_owned();
    assert!(told(&plan, Hazard::RewritesTable).contains(&again), "{}", plan.to_sql());
    apply(&from, &plan);
    assert_eq!(from.psql("SELECT g FROM v"), "11");
    check(&old, &new);
}

/// In which order parameters were set is no difference.
#[test]
fn parameters_have_no_order() {
    let state = |options: &str, with: &str| {
        format!(
            "CREATE FOREIGN DATA WRAPPER w OPTIONS ({options}); CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS ({options});
            CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS ({options});
            CREATE FOREIGN TABLE f (a int OPTIONS ({options})) SERVER s OPTIONS ({options});
            CREATE TABLE t (a int) WITH ({with}); CREATE INDEX i ON t (a) WITH (fillfactor = 50)"
        )
    };
    let (from, to) = (server().database(), server().database());
    from.psql(&state("x '1', y '2'", "fillfactor = 50, autovacuum_enabled = off"));
    to.psql(&state("y '2', x '1'", "autovacuum_enabled = off, fillfactor = 50"));
    let (from, to) = (structure(&from), structure(&to));
    assert_eq!((from.servers, from.tables, from.user_mappings), (to.servers, to.tables, to.user_mappings));
    assert_eq!(from.foreign_data_wrappers, to.foreign_data_wrappers);
}

#[test]
fn partitions_keep_their_rows_when_they_move() {
    let old = "CREATE TABLE p (a int) PARTITION BY RANGE (a);
        CREATE TABLE c PARTITION OF p FOR VALUES FROM (0) TO (10); INSERT INTO p VALUES (5)";
    let (rows, deletes) =
        after(old, "CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE c (a int)", "SELECT a FROM c");
    assert_eq!((rows.as_str(), deletes), ("5", false));
    check(
        old,
        "CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE c PARTITION OF p FOR VALUES FROM (0) TO (20)",
    );
}

#[test]
fn a_column_goes_from_one_enumerated_type_to_another() {
    let old = "CREATE TYPE a AS ENUM ('x', 'y'); CREATE TABLE t (m a DEFAULT 'x'); INSERT INTO t VALUES ('y')";
    let (rows, deletes) =
        after(old, "CREATE TYPE b AS ENUM ('y', 'x'); CREATE TABLE t (m b DEFAULT 'x')", "SELECT m FROM t");
    assert_eq!((rows.as_str(), deletes), ("y", false));
}

/// What was computed stays where it is computed no more, whatever becomes of what it was computed from.
#[test]
fn computed_values_stay_when_they_become_plain_ones() {
    let old = "CREATE FUNCTION f(x bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT x + 1';
        CREATE TABLE t (a bigint, g bigint GENERATED ALWAYS AS (f(a)) STORED NOT NULL); CREATE TABLE u () INHERITS (t)";
    let plain = |argument: &str, column: &str| {
        format!(
            "CREATE FUNCTION f({argument} bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT {argument} + 1';
            CREATE TABLE t (a {column}); CREATE TABLE u () INHERITS (t)"
        )
    };
    for new in [
        plain("x", "int, g int NOT NULL"),
        plain("x", "int, g int NOT NULL DEFAULT 5"),
        plain("y", "bigint, g bigint NOT NULL"),
        "CREATE TABLE t (g int NOT NULL); CREATE TABLE u () INHERITS (t)".to_owned(),
    ] {
        let seed = format!("{old}; INSERT INTO t VALUES (1); INSERT INTO u VALUES (2)");
        assert_eq!(after(&seed, &new, "SELECT string_agg(g::text, ' ') FROM t").0, "2 3", "{new}");
        let lost = deletes(old, &new);
        assert!(!lost.iter().any(|reason| reason.contains("drops column g")), "{lost:?}");
        check(old, &new);
    }
    let (old, new) = (
        "CREATE TABLE t (a bigint, g bigint GENERATED ALWAYS AS (a + 1) STORED)",
        "CREATE TABLE t (a int, g int GENERATED BY DEFAULT AS IDENTITY)",
    );
    let seed = format!("{old}; INSERT INTO t VALUES (1)");
    assert_eq!(after(&seed, new, "INSERT INTO t (a) VALUES (3); SELECT string_agg(g::text, ' ') FROM t").0, "2 3");
    check(old, new);
}
