//! Tables that are made anew: rows, numbers, children and readers are kept.

use super::{File, check, deletes, plan, risks, statements, walk};

/// A parent whose loss would take all its children along.
const FAMILY: &str = "
    CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT{parent});
    CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INT NOT NULL REFERENCES parent (id) ON DELETE CASCADE{child});
    CREATE TABLE soft (parent_id INT REFERENCES parent ON DELETE SET NULL);
    CREATE INDEX child_parent ON child (parent_id);
    CREATE VIEW families AS SELECT p.name, count(c.id) AS children FROM parent p JOIN child c ON c.parent_id = p.id GROUP BY p.id;
    CREATE VIEW large AS SELECT name FROM families WHERE children > 1;
    CREATE TRIGGER noted AFTER INSERT ON child BEGIN UPDATE parent SET name = name || '+' WHERE id = new.parent_id; END;
    CREATE TRIGGER named BEFORE UPDATE OF name ON parent BEGIN SELECT 1; END;";

const ROWS: &str = "INSERT INTO parent (id, name) VALUES (1, 'a'), (2, 'b');
    INSERT INTO child (id, parent_id) VALUES (10, 1), (11, 1), (12, 2);
    INSERT INTO soft VALUES (1), (2)";

const SEEN: &str = "SELECT 'p', id, name FROM parent UNION ALL SELECT 'c', id, parent_id FROM child \
    UNION ALL SELECT 's', parent_id, '' FROM soft UNION ALL SELECT 'v', name, '' FROM large ORDER BY 1, 2";

fn family(parent: &str, child: &str) -> String {
    FAMILY.replace("{parent}", parent).replace("{child}", child)
}

#[test]
fn a_parent_is_rebuilt_and_no_cascade_takes_its_children() {
    let plan = check(&family("", ""), &family(" NOT NULL", ""), ROWS, SEEN);
    assert!(!deletes(&plan));
    assert_eq!(risks(&plan), ["fails-on-rows: fails where column name of parent is NULL"]);
    check(&family("", ""), &family(", CHECK (name <> '')", ", UNIQUE (id, parent_id)"), ROWS, SEEN);
    check(&family("", ""), &family(" UNIQUE COLLATE NOCASE", ", note TEXT UNIQUE"), ROWS, SEEN);
    check(&family("", ""), &family(" DEFAULT (upper('x'))", " DEFERRABLE INITIALLY DEFERRED"), ROWS, SEEN);
}

/// The same statements as one transaction in which foreign keys are on, as another tool would run them.
#[test]
fn what_another_tool_runs_with_foreign_keys_on_changes_nothing() {
    let (from, to) = (File::of(&family("", "")), File::of(&family(" NOT NULL", "")));
    from.open().execute_batch(ROWS).unwrap();
    let (before, kept) = (from.rows(SEEN), from.kept());
    let script = format!("BEGIN; PRAGMA foreign_keys = OFF; {}; COMMIT", statements(&plan(&from, &to)).join(";\n"));
    let error = from.open().execute_batch(&script).unwrap_err().to_string();
    assert!(error.contains("CHECK constraint failed: foreign_keys_are_off"), "{error}");
    assert_eq!((from.rows(SEEN), from.kept()), (before, kept));
}

#[test]
fn a_row_that_would_point_at_nothing_fails_the_transaction() {
    let old = "CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (parent_id INT)";
    let new = "CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (parent_id INT REFERENCES parent)";
    let (from, to) = (File::of(old), File::of(new));
    from.open().execute_batch("INSERT INTO child VALUES (7)").unwrap();
    let kept = from.kept();
    let error = from.apply(&plan(&from, &to)).unwrap_err();
    assert!(error.contains("every_foreign_key_finds_its_row"), "{error}");
    assert_eq!((from.kept(), from.rows("SELECT * FROM child")), (kept, vec!["7".to_owned()]));
}

#[test]
fn a_table_of_its_own_children_and_two_that_need_each_other() {
    let tree = |more: &str| {
        format!("CREATE TABLE tree (id INTEGER PRIMARY KEY, up INT REFERENCES tree ON DELETE CASCADE, n{more})")
    };
    let rows = "INSERT INTO tree VALUES (1, NULL, 'a'), (2, 1, 'b'), (3, 2, 'c')";
    check(&tree(""), &tree(" CHECK (n <> '')"), rows, "SELECT * FROM tree ORDER BY id");
    let pair = |kind: &str| {
        format!(
            "CREATE TABLE one (id INTEGER PRIMARY KEY, other INT REFERENCES two ON DELETE CASCADE, x {kind});
            CREATE TABLE two (id INTEGER PRIMARY KEY, other INT REFERENCES one ON DELETE CASCADE, x {kind})"
        )
    };
    let rows = "INSERT INTO one VALUES (1, NULL, 5); INSERT INTO two VALUES (1, 1, 5); UPDATE one SET other = 1";
    check(&pair("INT"), &pair("INTEGER"), rows, "SELECT * FROM one UNION ALL SELECT * FROM two");
}

/// A table that names itself in its definition has another name for a moment.
#[test]
fn a_check_that_names_its_table() {
    let (from, to) = (File::of("CREATE TABLE t (n)"), File::of("CREATE TABLE t (n CHECK (\"T\".n <> ''))"));
    from.apply(&plan(&from, &to)).unwrap();
    assert!(plan(&from, &to).is_empty());
    let error = from.open().execute_batch("INSERT INTO t VALUES ('')").unwrap_err().to_string();
    assert!(error.contains("CHECK constraint failed"), "{error}");
}

#[test]
fn numbers_are_kept() {
    let counted = |more: &str| format!("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT{more})");
    let rows = "INSERT INTO t (a) VALUES ('x'), ('y'), ('z'); DELETE FROM t WHERE id = 3";
    check(&counted(""), &counted(" UNIQUE"), rows, "SELECT seq FROM sqlite_sequence UNION ALL SELECT id FROM t");
    let emptied = "INSERT INTO t (a) VALUES ('x'), ('y'); DELETE FROM t";
    check(&counted(""), &counted(" NOT NULL"), emptied, "SELECT name, seq FROM sqlite_sequence");
    let plain = |more: &str| format!("CREATE TABLE t (a TEXT{more})");
    let rows = "INSERT INTO t (rowid, a) VALUES (7, 'x'), (3, 'y')";
    check(&plain(""), &plain(" UNIQUE"), rows, "SELECT rowid, a FROM t ORDER BY a");
    let shadowed = |more: &str| format!("CREATE TABLE t (rowid TEXT, a TEXT{more})");
    let rows = "INSERT INTO t (_rowid_, rowid, a) VALUES (7, 'r', 'x')";
    check(&shadowed(""), &shadowed(" UNIQUE"), rows, "SELECT _rowid_, rowid, a FROM t");
}

/// A key that comes takes the numbers that the rows had.
#[test]
fn a_new_integer_key_is_the_rows_number() {
    let (from, to) = (File::of("CREATE TABLE t (a TEXT)"), File::of("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)"));
    from.open().execute_batch("INSERT INTO t (rowid, a) VALUES (5, 'x'), (9, 'y')").unwrap();
    let plan = walk(&from, &to);
    assert_eq!((from.rows("SELECT id, a FROM t"), risks(&plan)), (vec!["5 x".to_owned(), "9 y".to_owned()], vec![]));
}

#[test]
fn every_kind_of_change_that_needs_it() {
    let rows = "INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y')";
    let seen = "SELECT a, b FROM t ORDER BY a";
    let old = "CREATE TABLE t (a INT, b TEXT)";
    for new in [
        "CREATE TABLE t (a INT PRIMARY KEY, b TEXT)",
        "CREATE TABLE t (a INTEGER PRIMARY KEY DESC, b TEXT)",
        "CREATE TABLE t (a INT, b TEXT, PRIMARY KEY (b DESC, a) ON CONFLICT IGNORE)",
        "CREATE TABLE t (a INT NOT NULL, b TEXT, PRIMARY KEY (a)) WITHOUT ROWID",
        "CREATE TABLE t (a INT, b TEXT) STRICT",
        "CREATE TABLE t (a INT NOT NULL ON CONFLICT REPLACE DEFAULT 5, b TEXT)",
        "CREATE TABLE t (a INT, b TEXT, c TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)",
        "CREATE TABLE t (a INT, b TEXT, c INT AS (a + 1) STORED)",
        "CREATE TABLE t (a INT, b TEXT, CONSTRAINT positive CHECK (a > 0))",
        "CREATE TABLE t (a INT, b TEXT COLLATE nocase, UNIQUE (b COLLATE binary) ON CONFLICT REPLACE)",
        "CREATE TABLE t (\"b\" TEXT, [a] INT UNIQUE DEFAULT -1)",
    ] {
        assert!(!deletes(&check(old, new, rows, seen)), "{new}");
    }
}

#[test]
fn duplicates_fail_whatever_the_new_constraint_says() {
    let (from, to) =
        (File::of("CREATE TABLE t (a INT)"), File::of("CREATE TABLE t (a INT UNIQUE ON CONFLICT REPLACE)"));
    from.open().execute_batch("INSERT INTO t VALUES (1), (1)").unwrap();
    let error = from.apply(&plan(&from, &to)).unwrap_err();
    assert!(error.contains("UNIQUE constraint failed"), "{error}");
    assert_eq!(from.rows("SELECT count(*) FROM t"), ["2"]);
}

#[test]
fn what_is_lost_or_changed_is_named() {
    let told = |old: &str, new: &str| risks(&plan(&File::of(old), &File::of(new)));
    let old = "CREATE TABLE t (a TEXT, b INT UNIQUE, c INT); CREATE INDEX i ON t (c)";
    let check = |new: &str, expected: &[&str]| assert_eq!(told(old, new), expected, "{new}");
    check("CREATE TABLE t (a TEXT, c INT); CREATE INDEX i ON t (c)", &["deletes-data: drops column b of t"]);
    check(
        "CREATE TABLE t (a INT, b INT UNIQUE, c INT)",
        &["converts-values: converts the values of column a of t from TEXT to INT", "drops-object: drops index i"],
    );
    check(
        "CREATE TABLE t (a TEXT, b INT UNIQUE, c INT, d INT NOT NULL); CREATE INDEX i ON t (c)",
        &["fails-on-rows: gives t the column d, NOT NULL and without a default"],
    );
    check(
        "CREATE TABLE t (a TEXT, b INT UNIQUE, c INT AS (b)); CREATE INDEX i ON t (c)",
        &["deletes-data: replaces the values of column c of t by computed ones"],
    );
    check("CREATE TABLE t (a BLOB, b INTEGER UNIQUE, c INT); CREATE INDEX i ON t (c)", &[]);
    check("", &["deletes-data: drops table t"]);
    check("CREATE VIEW t AS SELECT 1", &["deletes-data: drops table t"]);
}
