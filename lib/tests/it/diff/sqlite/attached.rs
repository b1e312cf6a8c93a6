//! Views, indexes, triggers and virtual tables.

use super::{File, check, plan, risks, statements, walk};

#[test]
fn indexes_of_every_kind() {
    let state = |indexes: &str| format!("CREATE TABLE t (a INT, b TEXT); {indexes}");
    let rows = "INSERT INTO t VALUES (1, 'x'), (2, 'y')";
    for index in [
        "CREATE INDEX i ON t (a)",
        "CREATE UNIQUE INDEX i ON t (b COLLATE nocase DESC, a)",
        "CREATE INDEX i ON t (lower(b), a + 1) WHERE a IS NOT NULL AND b <> 'i'",
    ] {
        let plan = check(&state(""), &state(index), rows, "SELECT * FROM t");
        assert_eq!(statements(&plan), [index]);
        check(&state("CREATE INDEX i ON t (b)"), &state(index), rows, "SELECT * FROM t");
    }
    let gone = plan(&File::of(&state("CREATE INDEX i ON t (a)")), &File::of(&state("")));
    assert_eq!(risks(&gone), ["drops-object: drops index i"]);
}

#[test]
fn views_on_views_and_their_triggers() {
    let state = |n: &str| {
        format!(
            "CREATE TABLE t (a INT);
            CREATE VIEW z AS SELECT a, {n} AS n FROM t;
            CREATE VIEW y AS SELECT n FROM z;
            CREATE VIEW b AS SELECT n FROM y;
            CREATE TRIGGER into_z INSTEAD OF INSERT ON z BEGIN INSERT INTO t (a) VALUES (new.a); END;"
        )
    };
    let plan = check(&state("1"), &state("2"), "INSERT INTO z (a) VALUES (4)", "SELECT a FROM t");
    assert_eq!(statements(&plan).len(), 3, "the view that differs and its trigger alone:\n{}", plan.to_sql());
    check("CREATE TABLE t (a INT)", &state("1"), "INSERT INTO t (a) VALUES (4)", "SELECT a FROM t");
    let made = statements(&self::plan(&File::of("CREATE TABLE t (a INT)"), &File::of(&state("1"))));
    let order: Vec<&str> = made.iter().map(|sql| sql.split(' ').nth(2).unwrap()).collect();
    assert_eq!(order, ["z", "y", "b", "into_z"]);
}

#[test]
fn names_change_hands() {
    check("CREATE TABLE t (a); CREATE INDEX x ON t (a)", "CREATE TABLE t (a); CREATE TABLE x (b)", "", "");
    check("CREATE TABLE t (a); CREATE VIEW x AS SELECT 1", "CREATE TABLE t (a); CREATE TABLE x (b)", "", "");
    let other = "CREATE TABLE t (a); CREATE TABLE u (a); CREATE INDEX x ON u (a); CREATE TRIGGER g AFTER DELETE ON u BEGIN SELECT 1; END";
    let one = "CREATE TABLE t (a); CREATE TABLE u (a); CREATE INDEX x ON t (a); CREATE TRIGGER g AFTER DELETE ON t BEGIN SELECT 1; END";
    check(one, other, "", "");
    check(
        "CREATE TABLE t (a INT); CREATE TABLE t__new (a)",
        "CREATE TABLE t (a TEXT); CREATE TABLE t__new (a)",
        "",
        "",
    );
}

/// A full-text index over a table finds its rows by their numbers.
#[test]
fn full_text_over_a_table_that_is_rebuilt() {
    let state = |kind: &str, tokenize: &str| {
        format!(
            "CREATE TABLE log (body TEXT{kind});
            CREATE VIRTUAL TABLE found USING fts5(body, content=log{tokenize});
            CREATE TRIGGER filled AFTER INSERT ON log BEGIN INSERT INTO found (rowid, body) VALUES (new.rowid, new.body); END;"
        )
    };
    let rows = "INSERT INTO log (rowid, body) VALUES (40, 'running home'), (7, 'nothing')";
    let query = "SELECT rowid, body FROM found WHERE found MATCH 'home'";
    check(&state("", ""), &state(" NOT NULL", ""), rows, query);
    // Made again, it is filled again.
    let plan = check(&state("", ""), &state("", ", tokenize = 'porter'"), rows, query);
    assert_eq!(risks(&plan), ["deletes-data: drops table found"]);
    let (from, to) = (File::of("CREATE TABLE log (body TEXT)"), File::of(&state("", "")));
    from.open().execute_batch(rows).unwrap();
    walk(&from, &to);
    assert_eq!(from.rows(query), ["40 running home"]);
}

#[test]
fn virtual_tables_and_what_is_sqlites_own() {
    let old =
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a); CREATE VIRTUAL TABLE r USING rtree(id, x0, x1)";
    let rows =
        "INSERT INTO t (a) VALUES (1); INSERT INTO r VALUES (1, 2, 3); CREATE INDEX i ON t (a); ANALYZE; DROP INDEX i";
    let from = File::of(old);
    from.open().execute_batch(rows).unwrap();
    assert!(plan(&from, &File::of(old)).is_empty());
    let told = risks(&plan(&from, &File::of("")));
    assert_eq!(told, ["deletes-data: drops table t", "deletes-data: drops table r"]);
    check(old, "CREATE VIEW r AS SELECT 1", "", "");
}
