//! Values that go from one type to another: what is lost and what fails is told first.

use mainstay::plan::Hazard;
use mainstay_testing::server;

use super::{apply, check, plan, told};

/// The way from a column of one type with a value to one of another: what is told of it, and the value afterwards or the error.
fn converted(old: &str, value: &str, new: &str) -> (Vec<String>, Vec<String>, Result<String, String>) {
    let (from, to) = (server().database(), server().database());
    from.psql(&format!("{old}; INSERT INTO t VALUES ({value})"));
    to.psql(new);
    let plan = plan(&from, &to);
    let run = server().try_psql("postgres", from.name(), &plan.to_sql());
    let value = run.map(|_| from.psql("SELECT v FROM t")).map_err(|error| error.to_string());
    (told(&plan, Hazard::DeletesData), told(&plan, Hazard::FailsOnRows), value)
}

#[test]
fn domains_are_what_is_beneath_them() {
    let column = |domains: &str, data_type: &str| format!("{domains}; CREATE TABLE t (v {data_type})");
    let cut = |old: &str, new: &str| vec![format!("may cut or round the values of v in public.t: {old} becomes {new}")];
    let (lost, _, value) = converted(
        &column("CREATE DOMAIN a AS numeric(10,4); CREATE DOMAIN b AS numeric(10,1)", "a"),
        "1.2345",
        &column("CREATE DOMAIN a AS numeric(10,4); CREATE DOMAIN b AS numeric(10,1)", "b"),
    );
    assert_eq!((lost, value), (cut("public.a", "public.b"), Ok("1.2".to_owned())));
    let (lost, _, value) = converted(
        &column("CREATE DOMAIN a AS numeric; CREATE DOMAIN c AS a", "c"),
        "1.26",
        &column("CREATE DOMAIN a AS numeric(10,1); CREATE DOMAIN c AS a", "c"),
    );
    assert_eq!((lost, value), (cut("public.c", "public.c"), Ok("1.3".to_owned())));
    let (lost, _, value) =
        converted(&column("CREATE DOMAIN a AS text", "a"), "'abcd'", &column("CREATE DOMAIN a AS varchar(3)", "a"));
    assert!(lost.is_empty() && value.as_ref().is_err_and(|error| error.contains("too long")), "{lost:?} {value:?}");
    let (lost, _, value) = converted(
        &column("CREATE DOMAIN a AS int", "a"),
        "7",
        &column("CREATE DOMAIN a AS bigint CHECK (VALUE > 0)", "a"),
    );
    assert_eq!((lost, value), (vec![], Ok("7".to_owned())));
}

#[test]
fn labels_that_go_fail_where_they_are_in_use() {
    let state =
        |labels: &str, data_type: &str| format!("CREATE TYPE m AS ENUM ({labels}); CREATE TABLE t (v {data_type})");
    let fails = vec!["fails where v in public.t is 'b' or 'c'".to_owned()];
    let (_, told, value) = converted(&state("'a', 'b', 'c'", "m"), "'b'", &state("'a'", "m"));
    assert!(value.as_ref().is_err_and(|error| error.contains("invalid input value for enum")), "{value:?}");
    assert_eq!(told, fails);
    let (_, told, value) = converted(&state("'a', 'b', 'c'", "m[]"), "'{a}'", &state("'a'", "m[]"));
    assert_eq!((told, value), (fails, Ok("{a}".to_owned())));
    let (_, told, _) = converted(&state("'a', 'b'", "m"), "'b'", &state("'b', 'a', 'c'", "m"));
    assert!(told.is_empty(), "{told:?}");
}

/// Where there is no cast the plan is one that the server takes, and fails for the rows alone.
#[test]
fn without_a_cast_by_way_of_text() {
    let state = |data_type: &str| format!("CREATE TABLE t (v {data_type})");
    for (old, value, new, after) in [
        ("int", "1", "uuid", None),
        ("int", "1", "timestamptz", None),
        ("bigint", "1", "boolean", Some("t")),
        ("int[]", "'{1,2}'", "jsonb", None),
        ("int4range", "'[1,5)'", "int8range", Some("[1,5)")),
        ("int8range[]", "'{\"[1,5)\"}'", "numrange[]", Some("{\"[1,5)\"}")),
        (
            "tsrange",
            "'[2020-01-01,2020-02-01)'",
            "tstzrange",
            Some("[\"2020-01-01 00:00:00+00\",\"2020-02-01 00:00:00+00\")"),
        ),
        (
            "daterange",
            "'[2020-01-01,2020-02-01)'",
            "tsrange",
            Some("[\"2020-01-01 00:00:00\",\"2020-02-01 00:00:00\")"),
        ),
        ("int", "7", "interval second", Some("00:00:07")),
        ("point", "'(1,2)'", "circle", None),
        ("int4range", "'[1,5)'", "nummultirange", None),
    ] {
        let (_, told, done) = converted(&state(old), value, &state(new));
        assert!(
            told.len() == 1 && told[0].starts_with("fails where v in public.t as a text is no "),
            "{old} {new} {told:?}"
        );
        assert_eq!(done.ok().as_deref(), after, "{old} to {new}");
        check(&state(old), &state(new));
    }
    let own = |data_type: &str| format!("CREATE TYPE fr AS RANGE (subtype = float8); {}", state(data_type));
    let (_, told, value) = converted(&own("numrange[]"), "'{\"[1,5)\"}'", &own("fr[]"));
    assert_eq!(
        (told, value),
        (vec!["fails where v in public.t as a text is no public.fr[]".to_owned()], Ok("{\"[1,5)\"}".to_owned()))
    );
    // Some have a cast to each other.
    let (lost, told, value) = converted(&state("int4range"), "'[1,5)'", &state("int4multirange"));
    assert_eq!((lost, told, value), (vec![], vec![], Ok("{[1,5)}".to_owned())));
    check(
        &format!("CREATE TYPE m AS ENUM ('a'); {}", state("int")),
        &format!("CREATE TYPE m AS ENUM ('a'); {}", state("m")),
    );
}

/// The server adds no condition to a domain while a list or a row in a table has it.
#[test]
fn a_domain_that_lists_are_made_of() {
    let state = |domain: &str, data_type: &str| {
        format!(
            "CREATE DOMAIN d AS int{domain}; CREATE TYPE pair AS (a d, b int); CREATE TABLE t (v {data_type}); CREATE TABLE u (w d)"
        )
    };
    for data_type in ["d[]", "pair"] {
        let old = state("", data_type);
        for new in [" CHECK (VALUE > 0)", " NOT NULL", " DEFAULT 1"] {
            check(&old, &state(new, data_type));
        }
        let (from, to) = (server().database(), server().database());
        let value = if data_type == "pair" { "'(5,)'" } else { "'{5}'" };
        from.psql(&format!("{old}; INSERT INTO t VALUES ({value})"));
        to.psql(&state(" CHECK (VALUE > 0)", data_type));
        apply(&from, &plan(&from, &to));
        assert_eq!(from.psql("SELECT v FROM t"), value.trim_matches('\''));
    }
    let listed = |check: &str| format!("CREATE DOMAIN d AS varchar(9)[] {check}; CREATE TABLE t (v d)");
    check(&listed(""), &listed("CHECK (VALUE <@ ARRAY['a', 'b']::varchar[])"));
    let chosen = |check: &str| format!("CREATE DOMAIN d AS varchar(9) {check}; CREATE TABLE t (v d)");
    let (from, to) = (server().database(), server().database());
    from.psql(&chosen(""));
    to.psql(&chosen("CHECK (VALUE IN ('a', 'b'))"));
    apply(&from, &plan(&from, &to));
    assert!(plan(&from, &to).is_empty());
}

/// Types of extensions have the casts that these bring, and no others.
#[test]
fn types_of_extensions() {
    let column =
        |data_type: &str| format!("CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE TABLE t (v {data_type})");
    let no_hstore = vec!["fails where v in public.t as a text is no public.hstore".to_owned()];
    check(&column("jsonb"), &column("hstore"));
    check(&column("int"), &column("hstore[]"));
    let (_, told, value) = converted(&column("jsonb"), "'{}'", &column("hstore"));
    assert!(told == no_hstore && value.is_err(), "{told:?} {value:?}");
    let (_, told, value) = converted(&column("hstore"), "'a=>1'", &column("jsonb"));
    assert_eq!((told, value), (vec![], Ok("{\"a\": \"1\"}".to_owned())));
    let (_, told, value) = converted(&column("citext"), "'A'", &column("varchar(9)"));
    assert_eq!((told, value), (vec![], Ok("A".to_owned())));
    let (_, told, value) = converted(&column("text"), "'a=>1'", &column("hstore"));
    assert_eq!((told, value), (vec![], Ok("\"a\"=>\"1\"".to_owned())));
}
