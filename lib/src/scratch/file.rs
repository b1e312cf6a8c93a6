//! A throw-away SQLite file.

use std::path::{Path, PathBuf};

use crate::conn::SqliteTarget;
use crate::error::Result;

use super::ScratchFolder;

const NAME: &str = "scratch.db";

/// An SQLite database in a folder of its own, gone with the value.
pub struct ScratchFile {
    folder: ScratchFolder,
}

impl ScratchFile {
    /// Makes the folder under `parent`; the database in it is empty until something is written.
    ///
    /// # Errors
    /// `parent` cannot be written to.
    pub fn create(parent: &Path) -> Result<Self> {
        ScratchFolder::create(parent).map(|folder| Self { folder })
    }

    /// Where the database is.
    pub fn target(&self) -> SqliteTarget {
        SqliteTarget { path: self.folder.path().join(NAME) }
    }

    /// Leaves it where it is, and says where.
    ///
    /// # Errors
    /// As [`ScratchFolder::keep`].
    pub fn keep(self) -> Result<PathBuf> {
        self.folder.keep().map(|folder| folder.join(NAME))
    }
}
