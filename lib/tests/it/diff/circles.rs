//! Objects that need each other.

use super::{after, check};

#[test]
fn tables_that_point_at_each_other() {
    let two = "CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
        ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;";
    check("", two);
}

#[test]
fn a_sequence_and_the_column_that_owns_it() {
    check("CREATE TABLE t (id serial PRIMARY KEY)", "CREATE TABLE t (id int PRIMARY KEY)");
    check(
        "CREATE TABLE t (id serial)",
        "CREATE SEQUENCE t_id_seq AS int; CREATE TABLE t (id int DEFAULT nextval('t_id_seq'))",
    );
    check("CREATE TABLE t (id int)", "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY)");
    check(
        "CREATE SEQUENCE s; CREATE TABLE t (id int DEFAULT nextval('s')); CREATE TABLE u (id int DEFAULT nextval('s'));
        ALTER SEQUENCE s OWNED BY t.id",
        "CREATE SEQUENCE s; CREATE TABLE u (id int DEFAULT nextval('s'))",
    );
}

#[test]
fn a_default_and_a_check_that_read_their_own_table() {
    check(
        "",
        "CREATE TABLE t (id int);
        CREATE FUNCTION next() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT max(id) + 1 FROM t; END;
        ALTER TABLE t ALTER id SET DEFAULT next(), ADD CONSTRAINT c CHECK (next() IS NOT NULL)",
    );
}

/// The same while the column or the default changes.
#[test]
fn a_default_that_reads_its_own_table_changes() {
    let state = |data_type: &str, default: &str, body: &str| {
        format!(
            "CREATE TABLE t (id {data_type}, a int);
            CREATE FUNCTION next() RETURNS {data_type} LANGUAGE sql BEGIN ATOMIC SELECT {body} FROM t; END;
            ALTER TABLE t ALTER id SET DEFAULT {default}, ADD CONSTRAINT c CHECK (coalesce(next(), 1) > 0)"
        )
    };
    let plain = "CREATE TABLE t (id int DEFAULT 7, a int)";
    let states = [
        state("int", "next()", "max(id) + 1"),
        state("bigint", "next()", "max(id) + 1"),
        state("bigint", "7", "max(id) + 1"),
        state("int", "next() + 1", "max(a)"),
        plain.to_owned(),
    ];
    states.windows(2).for_each(|pair| drop(check(&pair[0], &pair[1])));
    let (old, new) = (format!("{}; INSERT INTO t VALUES (3, 4)", states[0]), &states[1]);
    assert_eq!(after(&old, new, "SELECT id + next() FROM t"), ("7".to_owned(), false));
}

#[test]
fn labels_are_committed_before_they_are_used() {
    check(
        "CREATE TYPE mood AS ENUM ('b'); CREATE TABLE t (m mood DEFAULT 'b')",
        "CREATE TYPE mood AS ENUM ('a', 'b', 'c'); CREATE TABLE t (m mood DEFAULT 'c'); CREATE INDEX i ON t (m) WHERE m = 'a'",
    );
}

#[test]
fn a_name_is_free_once_its_holder_is_gone() {
    check(
        "CREATE TABLE x (a int); CREATE VIEW y AS SELECT a FROM x",
        "CREATE TABLE y (a int); CREATE VIEW x AS SELECT a FROM y",
    );
}

/// What is not logged is pointed at by nothing that is.
#[test]
fn tables_that_point_at_what_is_not_logged() {
    let state = |unlogged: &str| {
        format!(
            "CREATE {unlogged} TABLE a (id int PRIMARY KEY, up int REFERENCES a);
            CREATE {unlogged} TABLE b (id int PRIMARY KEY REFERENCES a);
            CREATE {unlogged} TABLE c (id int REFERENCES b);"
        )
    };
    check(&state(""), &state("UNLOGGED"));
    check("CREATE UNLOGGED TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int)", &state(""));
}

/// A type and the functions that read and write it.
#[test]
fn a_type_and_the_functions_that_read_it() {
    let state = |settings: &str, more: &str| {
        format!(
            "CREATE TYPE mine;
            CREATE FUNCTION mine_in(cstring) RETURNS mine LANGUAGE internal IMMUTABLE STRICT AS 'textin';
            CREATE FUNCTION mine_out(mine) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
            CREATE FUNCTION mine_send(mine) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'textsend';
            CREATE TYPE mine (INPUT = mine_in, OUTPUT = mine_out{settings});
            CREATE CAST (mine AS text) WITHOUT FUNCTION;
            CREATE FUNCTION reads(mine) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
            CREATE TABLE t (a mine DEFAULT 'x', list mine[]); CREATE VIEW v AS SELECT a FROM t; {more}"
        )
    };
    let states = [
        "CREATE TABLE t (a text, list text[])".to_owned(),
        state("", ""),
        state(", SEND = mine_send", ""),
        state(", CATEGORY = 'S', STORAGE = extended", "CREATE INDEX ON t (reads(a))"),
    ];
    states.windows(2).for_each(|pair| drop(check(&pair[0], &pair[1])));
    let seeded = format!("{}; INSERT INTO t VALUES ('y', '{{z}}')", states[1]);
    assert_eq!(after(&seeded, &states[3], "SELECT a::text || list::text FROM t").0, "y{z}");
}
