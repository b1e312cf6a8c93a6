//! What goes wrong in real life: each with its place, its reason, the next command and its exit code, and nothing lost.

mod backups;
mod config;
mod connection;
mod death;
mod folder;
mod ledger;
mod locks;
mod room;
mod statement;
mod surroundings;
mod tools;

use std::process::Child;
use std::time::{Duration, Instant};

use mainstay_testing::{Cli, TestDatabase, server};

use crate::mainstay;

/// The command on an SQLite file of the project.
fn on_sqlite() -> Cli {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", "sqlite:service.sqlite3");
    cli
}

/// The command on a database of its own, shown as `[database]`.
fn on_postgres() -> (Cli, TestDatabase) {
    let database = server().database();
    let mut cli = mainstay();
    cli.env("DATABASE_URL", &database.url()).filter(database.name(), "[database]");
    (cli, database)
}

/// Two migrations: the first one is good, the second one sleeps for half a minute.
fn good_then_slow(cli: &mut Cli) {
    cli.file("migrations/1_devices.up.sql", "CREATE TABLE devices (id int);\nINSERT INTO devices VALUES (1);\n");
    cli.file("migrations/2_slow.up.sql", "CREATE TABLE nodes (id int);\nSELECT pg_sleep(30);\n");
}

/// Starts the command without waiting for its end.
fn started(cli: &mut Cli, args: &[&str]) -> Child {
    let mut command = cli.args(args.iter().copied()).command();
    cli.args([""; 0]);
    command.spawn().expect("the command starts")
}

/// What a started command said on standard error, and its exit code; -1 where a signal ended it.
fn ended(child: Child) -> (i32, String) {
    let output = child.wait_with_output().expect("the command ends");
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Asks until the answer is yes; fails after half a minute.
fn until(what: &str, mut answer: impl FnMut() -> bool) {
    let started = Instant::now();
    while !answer() {
        assert!(started.elapsed() < Duration::from_secs(30), "it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The session that sleeps in `database`.
const SLEEPER: &str = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' \
                       AND query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid()";
