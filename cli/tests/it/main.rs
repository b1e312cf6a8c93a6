//! The command from outside: what it prints, where, and its exit code. One module per subject.

mod config;
mod conn;
mod faults;
mod help;
mod prepare;
mod shells;
mod streams;
mod wrong_use;

use mainstay_testing::Cli;

/// The command in a project of its own.
fn mainstay() -> Cli {
    Cli::new(env!("CARGO_BIN_EXE_mainstay"))
}
