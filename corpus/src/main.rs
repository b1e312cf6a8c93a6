//! Runs other tools' schema-diff cases: from `old.sql` to `new.sql` by a plan, judged by pg_dump.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a chore talks to whoever runs it")]

mod args;
mod cluster;
mod differ;
mod dump;
mod judge;
mod locks;
mod programs;
mod rows;
mod run;
mod score;
mod shapes;
mod suite;
#[cfg(test)]
mod tests;
mod worker;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match run::run(&args::Args::parse()) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
