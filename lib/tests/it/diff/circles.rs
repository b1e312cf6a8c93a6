//! Objects that need each other.

use super::check;

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
