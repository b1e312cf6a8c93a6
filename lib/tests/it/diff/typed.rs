//! Tables that are made of a composite type, which changes under them.

use super::{after, check, deletes};

fn state(attributes: &str, table: &str, more: &str) -> String {
    format!("CREATE TYPE mood AS ENUM ('x', 'y'); CREATE TYPE shape AS ({attributes}); CREATE TABLE t {table}; {more}")
}

#[test]
fn columns_come_and_go_with_the_type() {
    let readers = |column: &str| {
        format!(
            "CREATE VIEW v AS SELECT {column} FROM t; CREATE INDEX ON t ({column}); CREATE TABLE u OF shape;
            ALTER TABLE t ADD CONSTRAINT c CHECK ({column} IS NOT NULL OR id > 0)"
        )
    };
    let states = [
        state("id int, b text", "OF shape (id PRIMARY KEY DEFAULT 7)", &readers("b")),
        state("id int, c int", "OF shape (id PRIMARY KEY, c DEFAULT 4)", &readers("c")),
        state("id bigint, b text, z int, d int", "OF shape (id PRIMARY KEY DEFAULT 7, b NOT NULL)", &readers("d")),
        state("id int, m mood", "OF shape (id PRIMARY KEY, m DEFAULT 'x')", &readers("m")),
    ];
    for (at, old) in states.iter().enumerate() {
        states[at + 1..].iter().for_each(|new| drop(check(old, new)));
    }
    let seeded = format!("{}; INSERT INTO t VALUES (1, 'b')", states[0]);
    assert_eq!(after(&seeded, &states[2], "SELECT id || b FROM t"), ("1b".to_owned(), false));
    assert_eq!(
        deletes(&states[0], &states[1]),
        ["drops attribute b of type public.shape, with its values in public.t, public.u"]
    );
}

/// A type that is made anew lets its tables go meanwhile.
#[test]
fn the_type_is_made_anew() {
    let old = state("id int, m mood", "OF shape (id PRIMARY KEY, m DEFAULT 'y')", "CREATE TABLE u (s shape)");
    let new = old.replace("'x', 'y'", "'y', 'x'");
    check(&old, &new);
    let seeded = format!("{old}; INSERT INTO t VALUES (1, 'x')");
    assert_eq!(after(&seeded, &new, "SELECT id || m::text FROM t"), ("1x".to_owned(), false));
    let (old, new) = (
        state("id int, b text", "OF shape", "CREATE TABLE u (s shape)"),
        state("id bigint, b text", "OF shape", "CREATE TABLE u (s shape)"),
    );
    check(&old, &new);
}

#[test]
fn a_table_becomes_one_of_a_type() {
    check(
        &state("id int, z int, c int", "(id bigint, b text)", ""),
        &state("id int, z int, c int", "OF shape (id PRIMARY KEY)", ""),
    );
}
