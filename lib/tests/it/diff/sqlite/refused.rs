//! What cannot be read or done.

use super::{File, diff_sqlite, plan};

/// A virtual table whose module this SQLite does not have is listed, and stays as it is; only SQLite can say that it cannot go.
#[test]
fn a_module_that_is_missing() {
    let broken = || {
        let file = File::of("CREATE TABLE t (a INT)");
        let conn = file.open();
        conn.execute_batch(
            "PRAGMA writable_schema = ON;
             INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql)
             VALUES ('table', 'far', 'far', 0, 'CREATE VIRTUAL TABLE far USING nosuch(a)');
             PRAGMA writable_schema = RESET",
        )
        .unwrap();
        file
    };
    let (one, other) = (broken(), broken());
    assert!(plan(&one, &other).is_empty());
    other.open().execute_batch("CREATE TABLE u (a)").unwrap();
    one.apply(&plan(&one, &other)).unwrap();
    assert_eq!(one.kept(), other.kept());
    let error = one.apply(&plan(&one, &File::of("CREATE TABLE t (a INT); CREATE TABLE u (a)"))).unwrap_err();
    assert!(error.contains("no such module: nosuch"), "{error}");
}

#[test]
fn a_table_without_its_statement() {
    let (from, to) = (File::of("CREATE TABLE t (a INT)"), File::of("CREATE TABLE t (a TEXT)"));
    let mut catalog = from.catalog();
    catalog.tables[0].definition = None;
    let error = diff_sqlite(&catalog, &to.catalog()).unwrap_err();
    assert_eq!(error.message(), "table main.t is made by a statement that cannot be read");
}
