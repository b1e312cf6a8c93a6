//! `cargo xtask bench`: the benchmarks against what a user would pick instead.

use std::process::Command;

use crate::repo;

/// Measures Mainstay against its peers on a private PostgreSQL and writes docs/benchmarks.md
#[derive(clap::Args)]
pub struct BenchArgs {
    /// `prepare`, `migrations`, `check`, `ingest`, `console`, `diagram`, `online`, `schema`, `backup`, `restore`, `data` (all where
    /// none is named), and options of bench/run
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    names: Vec<String>,
}

/// Runs `bench/run` and passes its exit code on.
pub fn run(args: &BenchArgs) -> repo::Outcome {
    repo::pass_on(Command::new(repo::root().join("bench/run")).args(&args.names))
}
