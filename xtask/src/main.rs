//! The project's own chores: `cargo xtask test`, `tidy`, `docs`, `bench`.
//!
//! It depends on nothing of Mainstay, so that it is built in seconds.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a chore talks to whoever runs it")]

mod bench;
mod debian;
mod docs;
mod python;
mod repo;
mod servers;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::Parser;

/// Mainstay's chores
#[derive(Parser)]
#[command(name = "cargo xtask")]
enum Chore {
    Test(test::TestArgs),
    Tidy(tidy::TidyArgs),
    Docs(docs::DocsArgs),
    Bench(bench::BenchArgs),
}

fn main() -> ExitCode {
    let outcome = match Chore::parse() {
        Chore::Test(args) => test::run(&args),
        Chore::Tidy(args) => tidy::run(&args),
        Chore::Docs(args) => docs::run(&args),
        Chore::Bench(args) => bench::run(&args),
    };
    outcome.unwrap_or_else(|message| {
        eprintln!("error: {message}");
        ExitCode::FAILURE
    })
}
