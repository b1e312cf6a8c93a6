//! A migration that fails half way outside a transaction: the way back is told, and offered at a terminal.

use mainstay_testing::{Cli, TestDatabase, server};

use crate::{on_database, on_sqlite};

const TOML: &str = "[backup]\nto = \"kept\"\ncompress = \"none\"\n";

/// A service whose second migration fails at its second statement.
fn half_done(database: &TestDatabase) -> Cli {
    let mut cli = on_database(database);
    let target = format!("{TOML}[target.here]\nurl = \"{}\"\n", database.url());
    cli.file("mainstay.toml", &target).file("migrations/1_a.up.sql", "CREATE TABLE a AS SELECT 42 AS n;\n");
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    cli.file("migrations/2_b.up.sql", "-- mainstay: no-transaction\nUPDATE a SET n = 0;\nSELECT 1 / 0;\n");
    cli
}

/// The backup that is there since `seen` was complete: two within a second have names in any order.
fn new_id(cli: &Cli, seen: &mut Vec<String>) -> String {
    let entries = std::fs::read_dir(cli.project().join("kept")).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    let id = names.into_iter().find(|name| !seen.contains(name)).expect("a new backup");
    seen.push(id.clone());
    id
}

#[test]
fn the_command_is_told() {
    let database = server().database();
    let mut cli = half_done(&database);
    let mut seen = Vec::new();
    let run = cli.args(["migrate", "up", "--yes"]).run();
    assert_eq!(run.code, 3, "{run:?}");
    let id = new_id(&cli, &mut seen);
    assert!(run.stderr.contains(&format!("hint: to have it back: mainstay restore {id}\n")), "{run:?}");
    assert_eq!(database.psql("SELECT n FROM a"), "0", "--yes is no answer to that");
    let run = cli.args(["prepare", "--target", "here"]).run();
    let id = new_id(&cli, &mut seen);
    let line = format!("hint: to have it back: mainstay --target here restore {id}\n");
    assert!(run.stderr.contains(&line), "{run:?}");
    let run = cli.args(["migrate", "up", "--json"]).run();
    let error = &serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap()["error"];
    assert_eq!(error["copy"], new_id(&cli, &mut seen), "{error}");
}

#[test]
fn at_a_terminal_it_is_offered() {
    let database = server().database();
    let mut cli = half_done(&database);
    for (answer, rows) in [("n", "0"), ("y", "42")] {
        let mut terminal = cli.args(["migrate", "up"]).terminal(160);
        terminal.shows("Put the database back as it was before, from ");
        terminal.shows("[y/N]");
        terminal.keys(&format!("{answer}\r"));
        let code = terminal.end();
        assert_eq!(code, 3, "{}", terminal.text());
        let hint =
            if answer == "y" { "hint: the database is again as it was before" } else { "hint: to have it back: " };
        assert!(terminal.text().contains(hint), "{}", terminal.text());
        assert_eq!(database.psql("SELECT n FROM a"), rows);
        // The next attempt begins anew, behind a copy of its own.
        database.psql("UPDATE a SET n = 42; DELETE FROM mainstay.migration WHERE version = '2'");
    }
}

#[test]
fn an_sqlite_file_comes_back_by_that_command() {
    for place in ["", TOML] {
        let mut cli = on_sqlite("CREATE TABLE a AS SELECT 42 AS n;");
        cli.file("mainstay.toml", place);
        cli.file(
            "migrations/20260202000000_b.up.sql",
            "-- mainstay: no-transaction\nUPDATE a SET n = 0;\nSELECT * FROM nothing;\n",
        );
        let run = cli.args(["migrate", "up", "--yes"]).run();
        assert_eq!(run.code, 3, "{run:?}");
        let command = "hint: to have it back, stop the service, then: mainstay restore ";
        let name = run.stderr.lines().find_map(|line| line.strip_prefix(command)).expect("the command");
        let run = cli.args(["restore", name, "--yes"]).run();
        assert_eq!(run.code, 0, "{run:?}");
        let run = cli.args(["sql", "--format", "plain", "-c", "SELECT n FROM a"]).run();
        assert_eq!(run.stdout.trim(), "42", "{run:?}");
    }
}
