//! The project's own chores: `cargo xtask test`, `matrix`, `tidy`, `docs`, `bench`, `corpus`.
//!
//! It depends on nothing of Mainstay, so that it is built in seconds.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a chore talks to whoever runs it")]

mod bench;
mod chore;
mod corpus;
mod debian;
mod docs;
mod libpq;
mod matrix;
mod python;
mod repo;
mod servers;
mod temporary;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    chore::Chore::parse().run().unwrap_or_else(|message| {
        eprintln!("error: {message}");
        ExitCode::FAILURE
    })
}
