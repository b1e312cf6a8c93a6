//! The project's folder: the one with `mainstay.toml`, and the `.env` beside it.

use std::path::{Path, PathBuf};

use crate::config::{self, Config, Dotenv};
use crate::error::{Error, ErrorKind, Place, Result};

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
        let found = start.ancestors().map(|folder| folder.join(CONFIG_FILE)).find(|file| is_there(file));
        let root = found.as_deref().and_then(Path::parent).unwrap_or(start).to_owned();
        Self { root, file: found }
    }

    /// What `mainstay.toml` says; the defaults where there is none.
    ///
    /// # Errors
    /// The file cannot be read, or is wrong (with the place).
    pub fn config(&self) -> Result<Config> {
        let Some(file) = &self.file else { return Ok(Config::default()) };
        let text = read_text(file)?.ok_or_else(|| Error::io("read", file, std::io::ErrorKind::NotFound.into()))?;
        config::parse(&file.display().to_string(), &text)
    }

    /// The variables of `.env`, or of the file that `config` names instead; none where there is no such file.
    ///
    /// # Errors
    /// The file cannot be read, or a line of it is no assignment.
    pub fn dotenv(&self, config: &Config) -> Result<Dotenv> {
        let name = config.service.env_file();
        let file = self.root.join(name);
        let pairs = match read_text(&file)? {
            None => Vec::new(),
            Some(text) => config::dotenv(&text, &file.display().to_string())?,
        };
        Ok(Dotenv { file: name.to_owned(), pairs })
    }
}

/// A folder or a dangling link of that name counts: reading it fails, where passing it by would mean the defaults.
fn is_there(file: &Path) -> bool {
    std::fs::symlink_metadata(file).is_ok()
}

/// The text of `file`; `None` where there is no such file.
fn read_text(file: &Path) -> Result<Option<String>> {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Error::io("read", file, error).hint(format!("type: ls -ld {}", file.display())));
        }
    };
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let end = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..end]).into_owned();
        let name = file.display();
        // The line may hold a password: the place is told without it.
        let place = Place { text: String::new(), ..Place::in_text(name.to_string(), &before, end) };
        Error::new(ErrorKind::Config, format!("{place} is not UTF-8: byte 0x{:02x}", error.as_bytes()[end]))
            .hint(format!("type: iconv -f LATIN1 -t UTF-8 {name}"))
    })
}
