//! The command from outside: what it prints, where, and its exit code. One module per subject.

mod adopt;
mod backup_create;
mod backup_encrypted;
mod backup_hooks;
mod backup_kept;
mod cleanup;
mod config;
mod conn;
mod copy;
mod data;
mod demo;
mod describe;
mod diagram;
mod faults;
mod from_schema;
mod half_done;
mod help;
mod hints;
mod init;
mod lease;
mod lint;
mod no_file;
mod prepare;
mod rehearse;
mod renames;
mod repl;
mod restore;
mod roles;
mod schema;
mod schema_apply;
mod schema_diff;
mod schema_docs;
mod schema_sqlite;
mod server;
mod server_care;
mod shells;
mod sql;
mod squash;
mod status;
mod streams;
mod systemd;
mod tables;
mod tune;
mod upgrade;
mod values;
mod verify;
mod wrong_use;

use mainstay_testing::{Cli, TestDatabase};

/// The command in a project of its own.
fn mainstay() -> Cli {
    Cli::new(env!("CARGO_BIN_EXE_mainstay"))
}

/// The command in a project of its own whose database is `database`, shown as `[database]`.
fn on_database(database: &TestDatabase) -> Cli {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", &database.url()).filter(database.name(), "[database]");
    cli
}

/// The command in a project of its own whose database is the SQLite file `walt.db`, made by `sql` through a migration.
fn on_sqlite(sql: &str) -> Cli {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", "sqlite:walt.db").file("migrations/20260101000000_start.up.sql", sql);
    let run = cli.args(["prepare"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    cli
}
