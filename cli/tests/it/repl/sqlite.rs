//! The same at an SQLite file.

use super::console;
use crate::on_sqlite;

#[test]
fn the_same_words_mean_what_they_can() {
    let mut cli = on_sqlite("CREATE TABLE vms (id text, email text); INSERT INTO vms VALUES ('capsul-1', 'a@b.c');");
    let mut terminal = console(&mut cli, &["--write"]);
    assert!(terminal.text().contains("SQLite 3."), "{}", terminal.text());
    assert!(terminal.text().ends_with("walt.db write=>"), "{}", terminal.text());
    assert_eq!(terminal.line("SELECT * FROM vms;"), "id        email\ncapsul-1  a@b.c\n1 row");
    assert!(terminal.line("\\dt").contains("vms"));
    assert!(terminal.line("\\d vms").starts_with("table vms"));
    assert!(terminal.line("\\l").contains("an SQLite file is one database"));
    assert!(terminal.line("\\du").contains("SQLite has no roles"));
    assert!(terminal.line("\\df").contains("pragma_function_list"));
    assert!(terminal.line("\\c nowhere.db").contains("there is no database file"));
    terminal.line("BEGIN;");
    assert!(terminal.text().ends_with("walt.db write=*>"), "{}", terminal.text());
    terminal.line("ROLLBACK;");
    terminal.keys("SELECT em\t");
    terminal.shows("SELECT em");
    assert!(terminal.line("FROM vms;").contains("error"), "no column without the table");
}

#[test]
fn ctrl_c_stops_a_statement() {
    let mut cli = on_sqlite("CREATE TABLE vms (id text);");
    let mut terminal = console(&mut cli, &["--format", "plain"]);
    terminal.keys("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'row' FROM n;\r");
    terminal.shows("row\nrow\nrow");
    terminal.keys("\x03");
    terminal.shows("cancelled");
    terminal.keys("SELECT 'still ' || 'there';\r");
    terminal.shows("still there\n1 row");
}
