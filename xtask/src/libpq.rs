//! libpq to link with, for the tests' diesel: found, or installed where that is allowed, or a line to type.

use std::path::Path;
use std::process::Command;

use crate::{debian, repo};

/// Makes sure that a linker finds libpq.
///
/// # Errors
/// It does not, and it cannot be installed from here: the sentence is the line to type.
pub fn ensure() -> Result<(), String> {
    if is_named() || pkg_config_knows() || pg_config_knows() {
        return Ok(());
    }
    debian::install("libpq-dev", "the tests link diesel with libpq, which is not on this machine")
}

/// Where diesel's build looks first.
fn is_named() -> bool {
    std::env::var_os("PQ_LIB_DIR").is_some()
}

fn pkg_config_knows() -> bool {
    repo::output(Command::new("pkg-config").args(["--exists", "libpq"])).is_ok()
}

fn pg_config_knows() -> bool {
    let folder = repo::output(Command::new("pg_config").arg("--libdir"));
    folder.is_ok_and(|folder| {
        ["libpq.so", "libpq.dylib", "libpq.a"].iter().any(|file| Path::new(folder.trim()).join(file).exists())
    })
}
