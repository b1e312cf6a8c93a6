//! The migrations of a service: a folder's, or those embedded in its binary.

use std::path::{Path, PathBuf};

use crate::dialect::{self, Dialect, Migration, Version};
use crate::disk::{self, SourceFile};
use crate::error::Result;
use crate::sql::Flavor;

/// Migrations with the dialect that reads them.
pub struct Folder {
    /// How its files are laid out and its ledger kept.
    pub dialect: Box<dyn Dialect>,
    /// Its migrations, lowest version first.
    pub migrations: Vec<Migration>,
    /// The folder as messages name it.
    pub path: PathBuf,
    /// Whose lexical rules its scripts follow.
    pub flavor: Flavor,
}

impl Folder {
    /// Reads `path`. `dialect` is a name, or `auto` to go by the files' shape.
    ///
    /// # Errors
    /// The folder is missing or cannot be read, or a file in it is wrong: see [`Dialect::read`].
    pub fn read(path: &Path, dialect: &str, flavor: Flavor) -> Result<Self> {
        let wanted = |name: &str| name.ends_with(".sql") && !name.starts_with('.');
        Self::from_files(path, disk::read_folder(path, wanted)?, dialect, flavor)
    }

    /// The same for files that are already in memory, such as those embedded in a binary.
    ///
    /// # Errors
    /// As [`Folder::read`].
    pub fn from_files(path: &Path, files: Vec<SourceFile>, dialect: &str, flavor: Flavor) -> Result<Self> {
        let dialect = match dialect {
            "auto" => {
                let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
                dialect::of_folder(&names)?
            }
            name => dialect::by_name(name)?,
        };
        let migrations = dialect.read(&files, flavor)?;
        Ok(Self { dialect, migrations, path: path.to_owned(), flavor })
    }

    /// The migration of that version.
    pub fn find(&self, version: &Version) -> Option<&Migration> {
        self.migrations.binary_search_by(|migration| migration.version.cmp(version)).ok().map(|at| &self.migrations[at])
    }
}
