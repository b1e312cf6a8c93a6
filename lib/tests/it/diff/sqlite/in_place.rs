//! What ALTER TABLE can do is done by it, and what is only spelled otherwise is not done at all.

use super::{File, check, plan, statements};

#[test]
fn columns_come_and_go_in_place() {
    let old = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT, CHECK (a <> ''));
        CREATE VIEW v AS SELECT a FROM t; CREATE INDEX i ON t (a)";
    let there = |new: &str| {
        let new = format!("{new}; CREATE VIEW v AS SELECT a FROM t; CREATE INDEX i ON t (a)");
        let rows = "INSERT INTO t (id, a) VALUES (1, 'x'), (2, 'y')";
        statements(&check(old, &new, rows, "SELECT id, a FROM t"))
    };
    for column in [
        "c TEXT NOT NULL DEFAULT 'it''s'",
        "c INT DEFAULT (-5)",
        "c INT CHECK (c > 0) CONSTRAINT other REFERENCES t (id) ON DELETE SET NULL",
        "c TEXT COLLATE nocase AS (upper(a))",
        "\"order\" BOOLEAN DEFAULT true",
    ] {
        let new = format!("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT, {column}, CHECK (a <> ''))");
        assert_eq!(there(&new), [format!("ALTER TABLE t ADD COLUMN {column}")]);
    }
    let new = "CREATE TABLE t (id INTEGER PRIMARY KEY, -- the key\n a TEXT, CHECK (a <> ''))";
    assert_eq!(there(new), ["ALTER TABLE t DROP COLUMN b"]);
}

/// A view of something that is gone is no obstacle: SQLite looks at all of them when a column goes.
#[test]
fn a_broken_view_is_let_be() {
    let state = |column: &str| format!("CREATE TABLE t (a INT{column}); CREATE VIEW broken AS SELECT x FROM nowhere");
    check(&state(", b INT"), &state(""), "INSERT INTO t (a) VALUES (1)", "SELECT a FROM t");
    check(&state(""), &state(" UNIQUE"), "INSERT INTO t (a) VALUES (1)", "SELECT a FROM t");
}

/// A trigger that names the column goes before it and comes back without it.
#[test]
fn a_column_goes_while_triggers_change() {
    let state = |columns: &str, named: &str| {
        format!(
            "CREATE TABLE t ({columns}); CREATE TABLE u (x INT{});
            CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT {named} FROM t; END;
            CREATE TRIGGER h AFTER INSERT ON u BEGIN SELECT {named} FROM t; END;
            CREATE VIEW v AS SELECT {named} FROM t",
            if named == "a" { " UNIQUE" } else { "" }
        )
    };
    let plan =
        check(&state("a INT, b INT", "b"), &state("a INT", "a"), "INSERT INTO t (a) VALUES (1)", "SELECT a FROM t");
    assert!(statements(&plan).contains(&"ALTER TABLE t DROP COLUMN b".to_owned()), "{}", plan.to_sql());
}

#[test]
fn a_column_in_use_goes_with_a_rebuild() {
    let rows = "INSERT INTO t (a) VALUES ('x')";
    for old in [
        "CREATE TABLE t (a TEXT, b INT UNIQUE)",
        "CREATE TABLE t (a TEXT, b INT, CHECK (b > 0 OR a = 'x'))",
        "CREATE TABLE t (a TEXT, b INT, c INT AS (b + 1))",
        "CREATE TABLE t (a TEXT, b INT); CREATE INDEX i ON t (a) WHERE b > 0",
        "CREATE TABLE t (a TEXT, b INT REFERENCES u)",
    ] {
        let u = "CREATE TABLE u (id INTEGER PRIMARY KEY)";
        check(&format!("{u}; {old}"), &format!("{u}; CREATE TABLE t (a TEXT)"), rows, "SELECT a FROM t");
    }
}

#[test]
fn spelling_is_no_difference() {
    let one = "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(20) DEFAULT ('x'), b INT NOT NULL REFERENCES u ON DELETE NO ACTION,
            c TEXT GENERATED ALWAYS AS (a || 'b') VIRTUAL, UNIQUE (a), CHECK (b > 1));
        CREATE TABLE u (id INTEGER PRIMARY KEY);
        CREATE INDEX i ON t (a DESC) WHERE b > 1;
        CREATE VIEW v AS SELECT a, b FROM t;
        CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;
        CREATE VIRTUAL TABLE f USING fts5(body, tokenize = 'porter')";
    let other = "create table if not exists \"T\" (\"id\" integer, -- the key
            [b] int not null on conflict abort references \"u\" (ID), A varchar ( 20 ) unique /* once */ default 'x' collate binary,
            C text as (A||'b') null, primary key (\"id\"), check(B>1)) ;
        create table U (id integer primary key not deferrable initially deferred);
        create index \"I\" on `t`(A desc) where B>1;
        create view [V] as select A,B from \"t\";
        create trigger if not exists G after insert on t begin select 1 ; end;
        create virtual table f using FTS5 (body, tokenize='porter')"
        .replace(" not deferrable initially deferred", "");
    let (one, other) = (File::of(one), File::of(&other));
    for (from, to) in [(&one, &other), (&other, &one)] {
        let plan = plan(from, to);
        assert!(plan.is_empty(), "{}", plan.to_sql());
    }
}

#[test]
fn texts_are_told_from_names() {
    let differ = |one: &str, other: &str| !plan(&File::of(one), &File::of(other)).is_empty();
    for (one, other) in [
        ("CREATE TABLE t (a DEFAULT 'x')", "CREATE TABLE t (a DEFAULT 'X')"),
        ("CREATE TABLE t (a DEFAULT \"x\")", "CREATE TABLE t (a DEFAULT \"X\")"),
        ("CREATE TABLE t (a CHECK (a <> \"b\"))", "CREATE TABLE t (a CHECK (a <> \"B\"))"),
        ("CREATE TABLE t (a INTEGER PRIMARY KEY DESC)", "CREATE TABLE t (a INTEGER, PRIMARY KEY (a DESC))"),
        ("CREATE TABLE t (a INT)", "CREATE TABLE t (a INTEGER)"),
        ("CREATE TABLE t (a UNIQUE)", "CREATE TABLE t (a UNIQUE ON CONFLICT FAIL)"),
        ("CREATE TABLE t (a, b REFERENCES t MATCH FULL)", "CREATE TABLE t (a, b REFERENCES t)"),
        ("CREATE TABLE t (a CONSTRAINT x CHECK (a))", "CREATE TABLE t (a CONSTRAINT y CHECK (a))"),
    ] {
        assert!(differ(one, other), "{one}; {other}");
    }
    let same = "CREATE TABLE t (a DEFAULT \"x\")";
    assert!(!differ(same, "CREATE TABLE t (a DEFAULT 'x')"));
}
