//! Where rows lie between two databases: in a folder, in one compressed file or stream, or in a pipe within the process.

mod archive;
mod folder;
mod header;
mod pipe;
mod unpack;

pub(super) use archive::Archive;
pub(super) use folder::{Folder, FolderFeed};
pub(super) use pipe::pipe;
pub(super) use unpack::ArchiveFeed;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::archive::digest::Rows;
use crate::error::{Error, ErrorKind, Result};
use crate::portable::manifest::Manifest;

/// Where a dump goes.
pub enum Output {
    /// A folder that is not there yet, or is empty.
    Folder(PathBuf),
    /// A file that is not there yet: a tar archive, compressed with zstd.
    Archive(PathBuf),
    /// The same archive, written as it is made.
    Stream(Box<dyn Write + Send>),
}

/// Where a dump is.
pub enum Input {
    /// A folder, or an archive compressed with zstd.
    Path(PathBuf),
    /// An archive compressed with zstd, read as it comes.
    Stream(Box<dyn Read + Send>),
}

impl Output {
    /// By the name that a person gives: an archive where it ends in `.tar.zst`, a folder otherwise.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`]: it looks like a file of another kind.
    pub fn named(path: PathBuf) -> Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let other = [".tar", ".tar.gz", ".tgz", ".gz", ".zst", ".zip", ".json", ".jsonl", ".sql"];
        if name.ends_with(".tar.zst") {
            return Ok(Self::Archive(path));
        }
        match other.iter().find(|suffix| name.ends_with(**suffix)) {
            Some(suffix) => {
                let message =
                    format!("a dump is a folder or a file that ends in .tar.zst, and {name} ends in {suffix}");
                let stem = name.trim_end_matches(suffix);
                Err(Error::new(ErrorKind::Usage, message).hint(format!("mainstay data dump -o {stem}.tar.zst")))
            }
            None => Ok(Self::Folder(path)),
        }
    }

    /// Where it goes, for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Folder(path) | Self::Archive(path) => path.display().to_string(),
            Self::Stream(_) => "standard output".to_owned(),
        }
    }

    /// Whether something is there that would be written over.
    ///
    /// # Errors
    /// It is.
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::Folder(path) => folder::check_free(path),
            Self::Archive(path) => archive::check_free(path),
            Self::Stream(_) => Ok(()),
        }
    }

    pub(super) fn open(self) -> Result<Box<dyn Sink>> {
        Ok(match self {
            Self::Folder(path) => Box::new(Folder::begin(path)?),
            Self::Archive(path) => Box::new(Archive::begin(path)?),
            Self::Stream(stream) => Box::new(Archive::stream(stream)),
        })
    }
}

impl Input {
    /// Where it is, for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Stream(_) => "standard input".to_owned(),
        }
    }

    /// The file or folder, where it can be read twice.
    pub(super) fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Path(path) => Some(path.clone()),
            Self::Stream(_) => None,
        }
    }

    pub(super) fn open(self) -> Result<Box<dyn Feed>> {
        match self {
            Self::Path(path) => open_path(&path),
            Self::Stream(stream) => Ok(Box::new(ArchiveFeed::open(stream, "standard input".into())?)),
        }
    }
}

fn open_path(path: &Path) -> Result<Box<dyn Feed>> {
    let found = std::fs::metadata(path).map_err(|source| {
        let error = Error::io("read the dump", path, source);
        error.hint("a dump is a folder or a file: mainstay data dump -o DIR")
    })?;
    if found.is_dir() {
        return Ok(Box::new(FolderFeed::open(path)?));
    }
    let file = std::fs::File::open(path).map_err(|source| Error::io("read the dump", path, source))?;
    Ok(Box::new(ArchiveFeed::open(Box::new(file), path.display().to_string())?))
}

/// Takes a dump as it is made.
pub(super) trait Sink: Send {
    /// What will come; the rows are not counted yet.
    fn begin(&mut self, manifest: &Manifest) -> Result<()>;
    /// The rows of the table at this place in the manifest begin.
    fn table(&mut self, manifest: &Manifest, table: usize) -> Result<()>;
    /// Whole lines of that table.
    fn lines(&mut self, lines: &[u8]) -> Result<()>;
    /// That were all; the files in which they are.
    fn end_table(&mut self, rows: Rows) -> Result<Vec<String>>;
    /// All tables are there: the dump counts from now on.
    fn finish(&mut self, manifest: &Manifest) -> Result<()>;
}

/// Gives a dump.
pub(super) trait Feed: Send {
    /// What comes; the rows may be counted only at the end.
    fn manifest(&self) -> &Manifest;
    /// The order in which tables are wanted, where it can be chosen.
    fn choose(&mut self, order: &[usize]) -> bool;
    /// What comes next; `None` at the end.
    fn next(&mut self) -> Result<Option<Part>>;
}

/// A part of a dump.
pub(super) enum Part {
    /// The rows of the table at this place in the manifest begin.
    Table(usize),
    /// A file of that table begins.
    File(Arc<str>),
    /// Bytes of it, which may end anywhere.
    Bytes(Vec<u8>),
    /// That were all rows of the table; how many they are, where that is known by now.
    EndTable(Option<Rows>),
    /// What the manifest says once everything is there.
    Complete(Box<Manifest>),
}

/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;
