//! Finding PostgreSQL's own programs.

use std::path::PathBuf;

use crate::error::Result;

/// A folder with PostgreSQL's programs of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    /// The folder (never a distribution's wrapper).
    pub bin: PathBuf,
    /// Major version, 15.
    pub major: u32,
    /// Full version as printed, `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
}

/// PostgreSQL's programs on this machine that include all of `programs`, newest first: `search_path` (the value of PATH),
/// `pg_config --bindir`, `/usr/lib/postgresql/*/bin`, `/usr/pgsql-*/bin`, `/usr/local/pgsql/bin`, Homebrew's.
///
/// # Errors
/// None is found: names the package to install.
pub fn find_binaries(search_path: &str, programs: &[&str]) -> Result<Vec<Binaries>> {
    todo!("{search_path}{programs:?}")
}
