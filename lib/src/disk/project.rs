//! The project's folder: the one with `mainstay.toml`, and the `.env` beside it.

use std::path::{Path, PathBuf};

use crate::config::{self, Config};
use crate::error::{Error, Result};

/// The file's name.
pub const CONFIG_FILE: &str = "mainstay.toml";

/// The project's folder, and whether there is a `mainstay.toml` in it.
#[derive(Clone, Debug)]
pub struct Project {
    /// Folder of `mainstay.toml`; the folder started from where there is none.
    pub root: PathBuf,
    /// `mainstay.toml`, if there is one.
    pub file: Option<PathBuf>,
}

impl Project {
    /// Looks for `mainstay.toml` in `start` and the folders above it.
    pub fn find(start: &Path) -> Self {
        let found = start.ancestors().map(|folder| folder.join(CONFIG_FILE)).find(|file| file.is_file());
        let root = found.as_deref().and_then(Path::parent).unwrap_or(start).to_owned();
        Self { root, file: found }
    }

    /// What `mainstay.toml` says; the defaults where there is none.
    ///
    /// # Errors
    /// The file cannot be read, or is wrong (with the place).
    pub fn config(&self) -> Result<Config> {
        let Some(file) = &self.file else { return Ok(Config::default()) };
        let text = std::fs::read_to_string(file).map_err(|error| Error::io("read", file, error))?;
        config::parse(&file.display().to_string(), &text)
    }

    /// The variables of `.env`; none where there is no such file.
    ///
    /// # Errors
    /// The file cannot be read, or a line of it is no assignment.
    pub fn dotenv(&self) -> Result<Vec<(String, String)>> {
        let file = self.root.join(".env");
        match std::fs::read_to_string(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(Error::io("read", &file, error)),
            Ok(text) => config::dotenv(&text, &file.display().to_string()),
        }
    }
}
