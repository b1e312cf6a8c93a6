//! What resolution is told of the outside: variables, user, home and the text of files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::Dotenv;

/// A file's text and what matters of its metadata.
#[derive(Clone, Debug)]
pub struct Read {
    /// The text.
    pub text: String,
    /// Unix permission bits; 0o600 where the system has none.
    pub mode: u32,
}

/// Reads the few files that resolution asks for by name.
pub trait Files {
    /// The file's content, `None` where there is no such file.
    ///
    /// # Errors
    /// The file is there and cannot be read, or is not UTF-8.
    fn read(&self, path: &Path) -> std::io::Result<Option<Read>>;
}

/// No files at all, for tests and for embedders who give everything by value.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &Path) -> std::io::Result<Option<Read>> {
        Ok(None)
    }
}

/// The outside as resolution sees it.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Environment variables.
    pub vars: BTreeMap<String, String>,
    /// What `.env` beside `mainstay.toml` sets ([`config::dotenv`](crate::config::dotenv)); a variable of the
    /// real environment goes first.
    pub dotenv: Dotenv,
    /// The operating system's name of the user that runs us.
    pub os_user: String,
    /// Home folder, where there is one.
    pub home: Option<PathBuf>,
    /// Folders in which a local server's socket may be, most likely first.
    pub socket_folders: Vec<PathBuf>,
    /// The machine's folder of `pg_service.conf` where PGSYSCONFDIR names none; Debian's is `/etc/postgresql-common`.
    pub service_folder: Option<PathBuf>,
    /// The project's folder: relative paths in `mainstay.toml` start here.
    pub project: PathBuf,
}

impl Surroundings {
    /// The value of the variable `name`, and the file's name where `.env` gave it. Set to nothing counts as not set, as container
    /// files set variables that they leave open.
    pub fn variable(&self, name: &str) -> Option<(&str, Option<&str>)> {
        let real = self.vars.get(name).map(|value| (value.as_str(), None));
        let written = || self.dotenv.get(name).map(|value| (value, Some(self.dotenv.file.as_str())));
        real.or_else(written).filter(|(value, _)| !value.is_empty())
    }
}
