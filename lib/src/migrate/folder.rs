//! The migrations of a service: a folder's, or those embedded in its binary.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::dialect::{self, Dialect, Migration, Version};
use crate::disk::{self, SourceFile};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::Flavor;

use super::baseline;

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
    /// Other dialects that have files of the same shape.
    pub(super) lookalikes: Vec<Box<dyn Dialect>>,
    /// The files, as long as another dialect may have to read them.
    files: Vec<SourceFile>,
    /// The same files, read by the dialect whose ledger the database turned out to have.
    decided: OnceLock<Box<Folder>>,
}

impl Folder {
    /// Reads `path`. `dialect` is a name, or `auto` to go by the files' shape.
    ///
    /// # Errors
    /// The folder is missing or cannot be read, or a file in it is wrong: see [`Dialect::read`].
    pub fn read(path: &Path, dialect: &str, flavor: Flavor) -> Result<Self> {
        Self::from_files(path, Self::files(path)?, dialect, flavor)
    }

    /// The files of `path` that may be migrations: scripts, those in folders of their own, and goose's programs, which
    /// nobody may overlook.
    ///
    /// # Errors
    /// The folder is missing or cannot be read.
    pub fn files(path: &Path) -> Result<Vec<SourceFile>> {
        let wanted = |name: &str| !name.starts_with('.') && (name.ends_with(".sql") || name.ends_with(".go"));
        disk::read_tree(path, wanted, &[".sql", "metadata.toml"]).map_err(|error| match path.is_dir() {
            true => error,
            false if path.exists() => error.hint("set [migrations] dir in mainstay.toml to the folder of the files"),
            false => error.hint("or set [migrations] dir in mainstay.toml"),
        })
    }

    /// The dialects that it may be of, likeliest first: more than one where layouts look alike and the ledger tells.
    pub fn candidates(&self) -> Vec<&'static str> {
        std::iter::once(self.dialect.name()).chain(self.lookalikes.iter().map(|dialect| dialect.name())).collect()
    }

    /// The same for files that are already in memory, such as those embedded in a binary.
    ///
    /// # Errors
    /// As [`Folder::read`].
    pub fn from_files(path: &Path, files: Vec<SourceFile>, dialect: &str, flavor: Flavor) -> Result<Self> {
        if dialect != "auto" {
            return Self::of_dialect(path, &files, dialect::by_name(dialect)?, flavor);
        }
        let mut lookalikes = dialect::of_folder(&files)?;
        let mut folder = Self::of_dialect(path, &files, lookalikes.remove(0), flavor)?;
        if !lookalikes.is_empty() {
            folder.files = files;
            folder.lookalikes = lookalikes;
        }
        Ok(folder)
    }

    fn of_dialect(path: &Path, files: &[SourceFile], dialect: Box<dyn Dialect>, flavor: Flavor) -> Result<Self> {
        let migrations = dialect.read(files, flavor)?;
        baseline::check(&migrations)?;
        let path = path.to_owned();
        let (lookalikes, files, decided) = (Vec::new(), Vec::new(), OnceLock::new());
        Ok(Self { dialect, migrations, path, flavor, lookalikes, files, decided })
    }

    /// The same folder with no other migrations than those of `versions`.
    ///
    /// # Errors
    /// None that a folder which was read once can have.
    pub fn only(&self, versions: &[Version]) -> Result<Self> {
        let wanted = |migration: &&Migration| versions.contains(&migration.version);
        let (dialect, path) = (dialect::by_name(self.dialect.name())?, self.path.clone());
        let migrations = self.migrations.iter().filter(wanted).cloned().collect();
        let (lookalikes, files, decided) = (Vec::new(), Vec::new(), OnceLock::new());
        Ok(Self { dialect, migrations, path, flavor: self.flavor, lookalikes, files, decided })
    }

    /// The migration of that version.
    pub fn find(&self, version: &Version) -> Option<&Migration> {
        self.migrations.binary_search_by(|migration| migration.version.cmp(version)).ok().map(|at| &self.migrations[at])
    }

    /// The same folder as the dialect reads it that the ledger turned out to be of; itself where nobody had to ask.
    pub fn decided(&self) -> &Self {
        self.decided.get().map_or(self, Box::as_ref)
    }

    /// The same folder as the dialect reads it that one of `tables` is the ledger of; `None` where that is this one, or none
    /// of them.
    pub(super) fn of_ledger(&self, tables: &[String]) -> Result<Option<&Self>> {
        let keeps = |dialect: &dyn Dialect| tables.iter().any(|table| table == dialect.ledger_table());
        let found: Vec<&str> =
            self.lookalikes.iter().filter(|dialect| keeps(dialect.as_ref())).map(|dialect| dialect.name()).collect();
        let [name] = found.as_slice() else {
            return if found.is_empty() { Ok(None) } else { Err(self.undecided("several of their ledgers")) };
        };
        if let Some(decided) = self.decided.get() {
            return Ok(Some(decided));
        }
        let folder = Self::of_dialect(&self.path, &self.files, dialect::by_name(name)?, self.flavor)?;
        Ok(Some(self.decided.get_or_init(|| Box::new(folder))))
    }

    /// Without any ledger, files that could be Mainstay's are; others are nobody's for sure.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] with the names to choose from.
    pub fn refuse_undecided(&self) -> Result<()> {
        if self.lookalikes.is_empty() || self.dialect.name() == "mainstay" {
            return Ok(());
        }
        Err(self.undecided("none of their ledgers"))
    }

    fn undecided(&self, has: &str) -> Error {
        let names = self.candidates();
        let settings: Vec<String> = names.iter().map(|name| format!("dialect = \"{name}\"")).collect();
        Error::new(
            ErrorKind::Config,
            format!(
                "the files in {} could be of {}, and the database has {has}",
                self.path.display(),
                names.join(" or ")
            ),
        )
        .hint(format!("say whose they are, in mainstay.toml under [migrations]: {}", settings.join(", or ")))
    }
}
