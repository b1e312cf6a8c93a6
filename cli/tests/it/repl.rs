//! `mainstay sql` at a terminal.

mod cancel;
mod commands;
mod lines;
mod narrow;
mod sqlite;
mod writing;

use mainstay_testing::{Cli, Terminal, TestDatabase, server};

use crate::on_database;

const LOGS: &str = "
CREATE TABLE logstreams (id int PRIMARY KEY, name text);
CREATE TABLE logs (stream_id int REFERENCES logstreams, timestamp timestamptz, line text);
INSERT INTO logstreams VALUES (1, 'kernel'), (2, 'nginx');
";

fn logs() -> (TestDatabase, Cli) {
    let database = server().database();
    database.psql(LOGS);
    let cli = on_database(&database);
    (database, cli)
}

/// The console on `cli`'s database, at its first prompt.
fn console(cli: &mut Cli, args: &[&str]) -> Terminal {
    let mut terminal = cli.args(["sql"].iter().chain(args).copied()).terminal(140);
    terminal.prompt();
    terminal
}
