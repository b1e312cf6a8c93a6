//! `cargo xtask test`: every test there is, against a real PostgreSQL, none skipped.

use crate::{libpq, matrix, python, repo, servers, temporary};

/// Runs all tests of the workspace, doc tests included
///
/// Finds PostgreSQL's server programs and libpq first, and installs Debian's packages where they are missing and it may;
/// fetches the other versions that the catalog and archives are tested on. Alembic and Django are installed from PyPI into
/// target/python-peers. Servers lie in /dev/shm where 8 GiB are free there and TMPDIR names no other folder.
#[derive(clap::Args)]
pub struct TestArgs {
    /// Arguments for the test programs: a name to filter by, `--nocapture`
    #[arg(last = true)]
    args: Vec<String>,
}

/// Runs the tests and passes their exit code on.
pub fn run(args: &TestArgs) -> repo::Outcome {
    let folder = servers::ensure()?;
    eprintln!("PostgreSQL: {}", folder.display());
    libpq::ensure()?;
    matrix::ensure()?;
    matrix::clients()?;
    let peers = python::ensure()?;
    let mut cargo = repo::cargo();
    cargo.env(python::VARIABLE, peers);
    temporary::lay(&mut cargo);
    cargo.args(["test", "--workspace", "--all-features", "--no-fail-fast", "--"]).args(&args.args);
    repo::pass_on(&mut cargo)
}
