//! Names that stand for something only while a plan is under way, and what users have called that.

use super::{after, check};

#[test]
fn what_steps_aside_finds_a_free_name() {
    let types = "CREATE TYPE e__old AS ENUM ('x'); CREATE TABLE kept (v e__old);";
    let state = |labels: &str| format!("{types} CREATE TYPE e AS ENUM ({labels}); CREATE TABLE t (v e DEFAULT 'a');");
    let (there, _) = check(&state("'a', 'b'"), &state("'b', 'a'"));
    assert!(there.iter().any(|one| one.starts_with("ALTER TYPE public.e RENAME TO e__old2")), "{there:#?}");
    let filled = format!("{} INSERT INTO t VALUES ('a'), ('b')", state("'a', 'b'"));
    let (rows, deleted) = after(&filled, &state("'b', 'a'"), "SELECT string_agg(v::text, ',' ORDER BY v) FROM t");
    assert_eq!((rows.as_str(), deleted), ("b,a", false));
    // It comes in the same plan.
    check(
        "CREATE DOMAIN d AS integer; CREATE TABLE t (v d);",
        "CREATE DOMAIN d AS text; CREATE DOMAIN d__old AS text; CREATE TABLE t (v d);",
    );
}

#[test]
fn a_counter_that_steps_aside_finds_a_free_name() {
    let with = |column: &str| format!("CREATE SEQUENCE t_id_seq__old; CREATE TABLE t (id {column}, v integer);");
    check(&with("serial"), &with("integer GENERATED ALWAYS AS IDENTITY"));
}

#[test]
fn a_range_and_its_multirange_find_free_names() {
    let with = |subtype: &str| {
        format!(
            "CREATE TYPE many__old AS ENUM ('x'); CREATE FUNCTION span__old() RETURNS integer LANGUAGE sql AS 'SELECT 1';
             CREATE TYPE span AS RANGE (SUBTYPE = {subtype}, MULTIRANGE_TYPE_NAME = many); CREATE TABLE t (v span, w many);"
        )
    };
    check(&with("integer"), &with("bigint"));
}

#[test]
fn an_index_beside_another_one_with_the_name_of_its_successor() {
    let with = |columns: &str| {
        format!("CREATE TABLE t (a integer, b integer); CREATE INDEX i ON t ({columns}); CREATE INDEX i__new ON t (b);")
    };
    check(&with("a"), &with("a, b"));
}

#[test]
fn a_value_of_rows_finds_a_free_name() {
    let with = |size: &str| {
        format!(
            "CREATE TABLE held (a integer, size {size}); CREATE TYPE t_v__row AS (x integer);
             CREATE TABLE t (v held[], w t_v__row);"
        )
    };
    check(&with("integer"), &with("bigint"));
}
