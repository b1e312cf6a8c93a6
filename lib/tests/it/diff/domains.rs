//! Domains: what lies beneath them, what their conditions call, and where values of them are.

use mainstay::plan::{Effect, Hazard, Work};
use mainstay::sql::Flavor;
use mainstay::states::examined;
use mainstay_testing::{server, server_of};

use super::{after, apply, check, plan_of, round_trip, structure, told};

/// A name without a schema is the server's own type, whatever has the same name elsewhere.
#[test]
fn a_domain_with_the_name_of_the_type_beneath() {
    let state = |columns: &str| {
        format!(
            "CREATE DOMAIN public.text AS pg_catalog.text CHECK (VALUE <> ''); CREATE DOMAIN public.\"integer\" AS text;
            CREATE TABLE t (id int, {columns})"
        )
    };
    check(&state("a int"), &state("a pg_catalog.text, b public.text, c public.\"integer\""));
    check(&state("a varchar(9), b int"), &state("a public.text, b public.\"integer\""));
}

/// The server looks at each row where a domain has conditions, and gives each a value of its own where its default differs.
#[test]
fn a_new_column_of_a_domain_is_told_to_write_the_table_anew() {
    let domains = "CREATE DOMAIN plain AS int DEFAULT 5; CREATE DOMAIN filled AS int DEFAULT 5 NOT NULL;
        CREATE DOMAIN above AS int CHECK (VALUE > 0); CREATE DOMAIN higher AS above;
        CREATE DOMAIN varied AS float8 DEFAULT random(); CREATE DOMAIN asked AS int NOT NULL;";
    let tables = "CREATE TABLE t (a int); CREATE TABLE p (a int) PARTITION BY RANGE (a);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);";
    for (column, rewrites) in [
        ("plain", false),
        ("filled", true),
        ("above", true),
        ("higher DEFAULT 4", true),
        ("varied", true),
        ("varied DEFAULT 1", false),
        ("above[]", false),
        ("asked DEFAULT (random() * 5)::int", true),
    ] {
        let new = format!("{domains}{tables} ALTER TABLE t ADD c {column}; ALTER TABLE p ADD c {column}");
        // The domain may be there already, or come with the column.
        for (old, online) in
            [(format!("{domains}{tables}"), true), (tables.to_owned(), true), (tables.to_owned(), false)]
        {
            let (from, to) = (server().database(), server().database());
            from.psql(&format!("{old}; INSERT INTO t VALUES (1); INSERT INTO p VALUES (1)"));
            to.psql(&new);
            let plan = plan_of(&from, &to, online);
            let of = |table: &str| format!("rewrites table public.{table}: column c is filled");
            let own = told(&plan, Hazard::RewritesTable);
            assert_eq!(own.contains(&of("t")), rewrites, "{column}: {own:?} in\n{}", plan.to_sql());
            let foretold = examined(&plan, &structure(&from), Flavor::Postgres, 15);
            let effects: Vec<&Effect> = foretold.steps.iter().flat_map(|step| &step.effects).collect();
            for table in ["public.t", "public.p1"] {
                let found = effects.iter().any(|effect| effect.object == table && effect.work == Work::Rewrites);
                assert_eq!(found, rewrites, "{column}, {table}: {effects:?} in\n{}", plan.to_sql());
            }
            let files = "SELECT pg_relation_filenode('t'), pg_relation_filenode('p1')";
            let before = from.psql(files);
            apply(&from, &plan);
            assert_eq!(from.psql(files) != before, rewrites, "{column}");
        }
    }
}

/// A function goes only once no condition calls it, that of a domain which still stands aside too.
#[test]
fn what_the_condition_of_a_domain_calls() {
    let function = |argument: &str, result: &str| {
        format!("CREATE FUNCTION ok({argument}) RETURNS {result} LANGUAGE sql IMMUTABLE AS 'SELECT 1::{result}';")
    };
    let plain = function("int", "bool");
    let state = |function: &str, domain: &str, column: &str| {
        format!("{function} CREATE DOMAIN d AS {domain}; CREATE TABLE t (x {column})")
    };
    let old = state(&plain, "int CHECK (ok(VALUE))", "d");
    check(&old, &state("", "bigint", "d"));
    check(&old, &state(&function("int", "int"), "bigint CHECK (ok(VALUE::int) = 1)", "d"));
    check(&state(&plain, "bool DEFAULT ok(1)", "d"), &state("", "int", "d"));
    check(&state(&plain, "bool DEFAULT ok(1)", "d"), &state(&function("int", "int"), "int DEFAULT ok(1)", "d"));
    let old = state(&plain, "int CHECK (ok(VALUE))", "d[]");
    check(&old, &state(&function("int", "bigint"), "int CHECK (ok(VALUE) > 0)", "d[]"));
    check(&old, &state(&function("n int", "bool"), "int CHECK (ok(VALUE))", "d[]"));
    let mood = |labels: &str| format!("CREATE TYPE m AS ENUM ({labels});");
    let condition = "text CHECK (VALUE::m <> 'a')";
    check(&state(&mood("'a', 'b'"), condition, "d[]"), &state(&mood("'b', 'a'"), condition, "d[]"));
}

/// The server looks neither into lists nor into rows, by however many types, for what a changed one says of their values.
#[test]
fn types_beneath_others() {
    for (types, column) in [
        ("CREATE DOMAIN e AS d", "e[]"),
        ("CREATE DOMAIN e AS d[]", "e"),
        ("CREATE TYPE i AS (p d); CREATE TYPE o AS (q i, r int)", "o"),
        ("CREATE TYPE i AS (p d[]); CREATE DOMAIN e AS i", "e"),
        ("CREATE TYPE r AS RANGE (subtype = d)", "r"),
        ("CREATE TYPE r AS RANGE (subtype = d)", "r_multirange"),
        ("CREATE DOMAIN e AS d; CREATE DOMAIN f AS e", "f"),
    ] {
        let state =
            |condition: &str| format!("CREATE DOMAIN d AS int{condition}; {types}; CREATE TABLE t (x {column})");
        check(&state(""), &state(" CHECK (VALUE > 1)"));
    }
    for (types, column, value) in
        [("CREATE DOMAIN e AS c", "e", "(7)"), ("CREATE TYPE o AS (q c, r int)", "o", r#"("(7)",1)"#)]
    {
        let state = |data_type: &str| format!("CREATE TYPE c AS (p {data_type}); {types}; CREATE TABLE t (x {column})");
        check(&state("int"), &state("bigint"));
        let old = format!("{}; INSERT INTO t VALUES ('{value}')", state("int"));
        assert_eq!(after(&old, &state("bigint"), "SELECT x FROM t").0, value);
    }
    check(
        "CREATE TYPE c AS (p int); CREATE TYPE o AS (q c, r int); CREATE TABLE t (x int)",
        "CREATE TYPE c AS (p bigint); CREATE TYPE o AS (q c, r int); CREATE TABLE t (x int)",
    );
}

/// The heirs' defaults go with the parent's while the type is made anew, and come back.
#[test]
fn heirs_of_a_column_whose_domain_is_made_anew() {
    let state = |domain: &str, own: &str| {
        format!(
            "CREATE DOMAIN d AS {domain}; CREATE TABLE t (id int, c d DEFAULT 5); CREATE TABLE u () INHERITS (t);
            CREATE TABLE w (c d DEFAULT 6) INHERITS (u); CREATE TABLE p (id int, c d DEFAULT 5) PARTITION BY RANGE (id);
            CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); ALTER TABLE p1 ALTER c SET DEFAULT 7{own}"
        )
    };
    check(&state("numeric", ""), &state("int", ""));
    check(&state("numeric", ""), &state("int", "; ALTER TABLE u ALTER c SET NOT NULL, ALTER c DROP DEFAULT"));
    round_trip(server_of(18), &state("numeric", ""), &state("int", ""), true);
}

/// What no column of the new type could have goes before the column gets it.
#[test]
fn an_index_of_a_column_whose_domain_is_made_anew() {
    let state =
        |domain: &str, index: &str| format!("CREATE DOMAIN d AS {domain}; CREATE TABLE t (x d, y int); {index}");
    for index in ["CREATE INDEX i ON t (x text_pattern_ops)", "CREATE INDEX i ON t (y) WHERE x = 'a'"] {
        check(&state("text", index), &state("int", ""));
    }
}

/// A column goes from a type that holds a domain to the domain, which is made anew.
#[test]
fn a_column_gets_what_was_beneath() {
    let old = |data_type: &str| format!("CREATE DOMAIN d AS int; CREATE TYPE r AS {data_type}; CREATE TABLE t (x r)");
    for old in [old("(a d)"), old("RANGE (subtype = d)"), old("(a d[]); CREATE TYPE q AS (b r)").replace("x r", "x q")]
    {
        check(&old, "CREATE DOMAIN d AS text; CREATE TABLE t (x d)");
        check(&old, "CREATE TYPE c AS (a int); CREATE DOMAIN d AS c; CREATE TABLE t (x d)");
    }
}
