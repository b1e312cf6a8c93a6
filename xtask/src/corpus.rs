//! `cargo xtask corpus`: other tools' schema-diff cases, judged by pg_dump.

use std::process::Command;

use crate::{repo, servers, temporary};

/// Runs other tools' schema-diff cases and judges the plans by pg_dump
#[derive(clap::Args)]
pub struct CorpusArgs {
    /// The folder of cases, and options: --help lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Builds and runs the judge, and passes its exit code on.
pub fn run(args: &CorpusArgs) -> repo::Outcome {
    servers::ensure()?;
    let mut judge = Command::new(repo::program("mainstay-corpus")?);
    judge.args(&args.args);
    temporary::lay(&mut judge);
    repo::pass_on(&mut judge)
}
