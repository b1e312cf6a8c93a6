//! Values that a printer could stumble over: control characters, bytes that are no text, wide and long ones.

use mainstay_testing::{Cli, server};

use crate::{mainstay, on_database, on_sqlite};

/// Nothing in a row may steer the terminal that it is printed on: neither escape sequences nor what turns text around.
#[test]
fn rows_cannot_take_the_terminal_over() {
    let database = server().database();
    let mut cli = on_database(&database);
    let sql = "SELECT E'\\x1b[2J\\x1b]0;title\\x07' AS a, U&'\\009b2J' AS b, U&'\\202Eabc' AS c, E'x\\ry' AS d";
    let mut terminal = cli.args(["-q", "sql", "-c", sql]).terminal(100);
    assert_eq!(terminal.end(), 0);
    let shown = terminal.text();
    for written in ["\\u{1b}[2J\\u{1b}]0;title\\u{7}", "\\u{9b}2J", "\\u{202e}abc", "x\\ry"] {
        assert!(shown.contains(written), "{written}: {shown}");
    }
}

#[test]
fn long_and_wide_values_are_whole_and_in_line() {
    let database = server().database();
    let mut cli = on_database(&database);
    let sql = "SELECT 'e\u{301}e\u{301}' AS a, 'x' AS b UNION ALL SELECT '名前', 'x'";
    let run = cli.args(["-q", "sql", "--format", "table", "-c", sql]).run();
    assert_eq!(run.stdout, "a     b\ne\u{301}e\u{301}    x\n名前  x\n", "{run:?}");
    let run = cli.args(["-q", "sql", "--format", "table", "-c", "SELECT repeat('x', 3000000) AS long"]).run();
    assert_eq!((run.code, run.stdout.len()), (0, 3_000_000 + "long\n\n".len()));
}

#[test]
fn bytes_of_an_unchecked_database_and_of_sqlite() {
    let database = server().database();
    let name = format!("{}_ascii", database.name());
    database
        .psql(&format!("CREATE DATABASE {name} ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"));
    let mut cli = mainstay();
    cli.env("DATABASE_URL", &database.url().replacen(database.name(), &name, 1));
    let raw = |cli: &mut Cli, format: &str, sql: &str| {
        let output = cli.args(["-q", "sql", "--format", format, "-c", sql]).command().output().unwrap();
        assert!(output.status.success(), "{output:?}");
        output.stdout
    };
    let sql = "SELECT E'a\\xff' AS a, '\\x00ff'::bytea AS b";
    assert_eq!(raw(&mut cli, "csv", sql), b"a,b\na\xff,\\x00ff\n");
    assert_eq!(raw(&mut cli, "tsv", sql), b"a\tb\na\xff\t\\\\x00ff\n");
    assert_eq!(raw(&mut cli, "table", sql), "a   b\na\u{fffd}  \\x00ff\n".as_bytes());
    assert_eq!(raw(&mut cli, "jsonl", sql), "{\"a\": \"a\u{fffd}\", \"b\": \"\\\\x00ff\"}\n".as_bytes());
    let mut cli = on_sqlite("CREATE TABLE t (id int);");
    let sql = "SELECT 'a' || char(0) || 'b' AS a, x'00ff' AS b";
    assert_eq!(raw(&mut cli, "table", sql), b"a        b\na\\u{0}b  \\x00ff\n");
    assert_eq!(raw(&mut cli, "csv", sql), b"a,b\na\0b,\\x00ff\n");
    assert_eq!(raw(&mut cli, "jsonl", sql), b"{\"a\": \"a\\u0000b\", \"b\": \"\\\\x00ff\"}\n");
}
