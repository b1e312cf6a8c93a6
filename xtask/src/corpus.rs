//! `cargo xtask corpus`: other tools' schema-diff cases, judged by pg_dump.

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
    let mut cargo = repo::cargo();
    cargo.args(["run", "--quiet", "--package", "mainstay-corpus", "--"]).args(&args.args);
    temporary::lay(&mut cargo);
    // The folder is named as seen from where the chore was started.
    if let Ok(here) = std::env::current_dir() {
        cargo.current_dir(here);
    }
    repo::pass_on(&mut cargo)
}
