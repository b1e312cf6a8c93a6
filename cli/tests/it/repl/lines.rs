//! Typing: lines, statements of several lines, history, completion.

use std::os::unix::fs::PermissionsExt;

use super::{console, logs};

#[test]
fn it_says_where_it_is_and_what_it_may() {
    let (database, mut cli) = logs();
    let mut terminal = console(&mut cli, &[]);
    let text = terminal.text();
    assert!(text.contains(&format!("target {} at ", database.name())), "{text}");
    assert!(text.contains("PostgreSQL 1") && text.contains("reading as role pg_read_all_data"), "{text}");
    assert!(text.contains("only reading; to write: mainstay sql --write"), "{text}");
    assert!(text.ends_with(&format!("\n{}=>", database.name())), "{text}");
    assert_eq!(
        terminal.line("SELECT id, name FROM logstreams ORDER BY id;"),
        "id  name\n 1  kernel\n 2  nginx\n2 rows"
    );
    terminal.keys("\x04");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn a_statement_has_as_many_lines_as_it_takes() {
    let (database, mut cli) = logs();
    let name = database.name();
    let mut terminal = console(&mut cli, &[]);
    for (line, prompt) in [
        ("SELECT 'it''s", "'>"),
        (";' AS a, (", "(>"),
        ("1 + 1) /* two", "*>"),
        ("*/ AS b, $x$;", "$>"),
        ("$x$ AS \"c", "\">"),
        ("\" -- ;", "->"),
    ] {
        assert_eq!(terminal.line(line), "");
        assert!(terminal.text().ends_with(&format!("{name}{prompt}")), "{line}: {}", terminal.text());
    }
    let printed = terminal.line(";");
    assert!(printed.contains("it's\\n;") && printed.ends_with("1 row"), "{printed}");
    assert_eq!(terminal.line("SELECT 1 AS one; SELECT 2 AS two;"), "one\n  1\n1 row\n\ntwo\n  2\n1 row");
    assert_eq!(terminal.line("SELECT nope; SELECT 2;").lines().last(), Some("1 statement after it not run"));
}

#[test]
fn an_error_points_at_its_place() {
    let (_database, mut cli) = logs();
    let mut terminal = console(&mut cli, &[]);
    assert_eq!(terminal.line("SELECT 1,"), "");
    insta::assert_snapshot!(terminal.line("  nope FROM logs;"), @r#"
    error: column "nope" does not exist
     --> input:2:3
    2 |   nope FROM logs;
      |   ^
    SQLSTATE: 42703
    "#);
    insta::assert_snapshot!(terminal.line("BEGIN;"), @r"
    error: BEGIN: the console is read-only, and each statement is a transaction of its own
     --> input:1:1
    1 | BEGIN;
      | ^
    hint: to let statements write: mainstay sql --write …
    ");
}

#[test]
fn what_is_typed_while_a_statement_runs_is_not_lost() {
    let (_database, mut cli) = logs();
    let mut terminal = console(&mut cli, &[]);
    terminal.keys("SELECT pg_sleep(0.2);\rSELECT 'ahead' AS typed;\rSELECT 'too' AS typed;\r");
    terminal.shows("ahead\n1 row");
    terminal.shows("too\n1 row");
}

#[test]
fn ctrl_c_clears_what_was_typed() {
    let (database, mut cli) = logs();
    let mut terminal = console(&mut cli, &[]);
    terminal.line("SELECT 'half");
    terminal.keys("of it\x03");
    terminal.shows(&format!("of it\n{}=>", database.name()));
    terminal.prompt();
    assert_eq!(terminal.line("SELECT 1 AS one;"), "one\n  1\n1 row");
}

#[test]
fn history_outlives_the_console_and_knows_no_password() {
    let (database, mut cli) = logs();
    let role = format!("{}_a", database.name());
    let mut terminal = console(&mut cli, &["--write"]);
    terminal.line("SELECT");
    terminal.line("'kept' AS a;");
    terminal.line(&format!("CREATE ROLE {role} PASSWORD 'geheim';"));
    terminal.keys("\\q\r");
    assert_eq!(terminal.end(), 0);
    let file = cli.home().join(".local/state/mainstay/sql_history");
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.contains("kept") && !kept.contains("geheim") && !kept.contains(&role), "{kept}");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(file.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let mut terminal = console(&mut cli, &[]);
    // The newest is \q; the statement before it comes back whole.
    terminal.keys("\x1b[A\x1b[A");
    terminal.shows("=> SELECT\n'kept' AS a;");
    terminal.keys("\r");
    terminal.shows("kept\n1 row");
}

#[test]
fn tab_completes_keywords_tables_and_columns() {
    let (_database, mut cli) = logs();
    let mut terminal = console(&mut cli, &["--write"]);
    // The names have come when the first line was taken.
    terminal.line("SELECT 1;");
    terminal.keys("SEL\t");
    terminal.shows("=> SELECT");
    terminal.keys(" name FROM logst\t");
    terminal.shows("FROM logstreams");
    terminal.keys(" s WHERE s.na\t");
    terminal.shows("WHERE s.name");
    assert_eq!(terminal.line(" = 'nginx';"), "name\nnginx\n1 row");
    terminal.line("CREATE TABLE brandnew (colour text);");
    terminal.line("SELECT 1;");
    terminal.keys("SELECT * FROM bra\t");
    terminal.shows("FROM brandnew");
    terminal.keys("\x03");
    terminal.shows("brandnew\n");
    terminal.prompt();
    terminal.keys("\\ti\t");
    terminal.shows("=> \\timing");
}
