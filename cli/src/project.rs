//! The project: the folder with `mainstay.toml`, and the `.env` beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mainstay::config::{self, Config};
use mainstay::{Error, ErrorKind, Result};

/// The file's name.
pub(crate) const FILE: &str = "mainstay.toml";

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
    pub(crate) fn find(start: &Path) -> Self {
        let found = start.ancestors().map(|folder| folder.join(FILE)).find(|file| file.is_file());
        Self { root: found.as_deref().and_then(Path::parent).unwrap_or(start).to_owned(), file: found }
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
    pub fn dotenv(&self) -> Result<BTreeMap<String, String>> {
        let file = self.root.join(".env");
        let text = match std::fs::read_to_string(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            other => other.map_err(|error| Error::io("read", &file, error))?,
        };
        dotenvy::from_read_iter(text.as_bytes()).collect::<Result<_, _>>().map_err(|error| {
            Error::new(ErrorKind::Config, format!("cannot understand {}", file.display()))
                .source(error)
                .hint("each line is NAME=value; quote a value that has spaces in it")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_found_from_below() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a/b");
        std::fs::create_dir_all(&below).unwrap();
        assert_eq!(Project::find(&below).root, below);
        std::fs::write(folder.path().join(FILE), "").unwrap();
        let project = Project::find(&below);
        assert_eq!((project.root.as_path(), project.file), (folder.path(), Some(folder.path().join(FILE))));
    }

    #[test]
    fn dotenv_is_read_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::find(folder.path());
        assert!(project.dotenv().unwrap().is_empty());
        std::fs::write(folder.path().join(".env"), "# local\nDATABASE_URL='postgresql:///walt'\n").unwrap();
        assert_eq!(project.dotenv().unwrap()["DATABASE_URL"], "postgresql:///walt");
        std::fs::write(folder.path().join(".env"), "no assignment\n").unwrap();
        assert_eq!(project.dotenv().unwrap_err().kind(), ErrorKind::Config);
    }
}
