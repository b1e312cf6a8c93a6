//! `--write` at a terminal: transactions, and what deletes data in production.

use super::{console, logs};

#[test]
fn the_prompt_tells_of_the_transaction() {
    let (database, mut cli) = logs();
    let mut terminal = console(&mut cli, &["--write"]);
    let name = database.name();
    for (line, prompt) in [
        ("INSERT INTO logstreams VALUES (3, 'cron');", "=>"),
        ("BEGIN;", "=*>"),
        ("DELETE FROM logstreams;", "=*>"),
        ("SELECT", "-*>"),
        ("nonsense;", "=!>"),
        ("SELECT 1;", "=!>"),
        ("ROLLBACK;", "=>"),
    ] {
        terminal.line(line);
        assert!(terminal.text().ends_with(&format!("\n{name} write{prompt}")), "{line}: {}", terminal.text());
    }
    assert_eq!(database.psql("SELECT count(*) FROM logstreams").trim(), "3");
    terminal.line("BEGIN;");
    assert_eq!(terminal.line("DELETE FROM logstreams;"), "3 rows affected");
    assert!(terminal.line("\\dt").starts_with("without what the open transaction has changed:"));
    terminal.keys("\x04");
    terminal.shows("the open transaction is rolled back");
    assert_eq!(terminal.end(), 0);
    assert_eq!(database.psql("SELECT count(*) FROM logstreams").trim(), "3");
}

#[test]
fn the_server_may_say_something() {
    let (_database, mut cli) = logs();
    let mut terminal = console(&mut cli, &["--write"]);
    let said = terminal.line("DROP TABLE IF EXISTS nowhere;");
    assert_eq!(said, "notice table \"nowhere\" does not exist, skipping\ndone");
}

#[test]
fn rows_of_a_copy_are_typed_below_it() {
    let (database, mut cli) = logs();
    let mut terminal = console(&mut cli, &["--write"]);
    assert_eq!(terminal.line("COPY logstreams FROM stdin;"), "");
    assert!(terminal.text().ends_with(" write>>"), "{}", terminal.text());
    terminal.line("3\tcron");
    terminal.line("4\t\\N");
    assert_eq!(terminal.line("\\."), "2 rows affected");
    assert_eq!(database.psql("SELECT count(*) FROM logstreams").trim(), "4");
}

#[test]
fn production_asks_for_its_name() {
    let (database, mut cli) = logs();
    cli.file("mainstay.toml", "[target.prod]\nurl = \"env:DATABASE_URL\"\nenvironment = \"production\"\n");
    let mut terminal = console(&mut cli, &["--write", "--target", "prod"]);
    assert!(terminal.text().ends_with(" PRODUCTION write=>"), "{}", terminal.text());
    terminal.keys("DELETE FROM logstreams;\r");
    terminal.shows("its name, to run it:");
    terminal.keys("yes\r");
    terminal.shows("nothing was run");
    terminal.prompt();
    terminal.keys("DELETE FROM logstreams;\r");
    terminal.keys(&format!("{}\r", database.name()));
    terminal.shows("2 rows affected");
}
