//! Where rows lie between two databases: in a folder, in one compressed file or stream, or in a pipe within the process.

mod archive;
mod folder;
mod header;
mod out;
mod pipe;
mod unpack;

pub(super) use archive::Archive;
pub(super) use folder::{Folder, FolderFeed};
pub(super) use out::Out;
pub(super) use pipe::pipe;
pub(super) use unpack::ArchiveFeed;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Format;
use super::django::{AsObjects, ENDINGS, FixtureFile, Layout, Text};
use super::dump::{AsLines, Form};
use crate::archive::digest::Rows;
use crate::error::{Error, ErrorKind, Result};
use crate::portable::manifest::Manifest;

/// Where a dump goes.
pub enum Output {
    /// A folder that is not there yet, or is empty.
    Folder(PathBuf),
    /// A file that is not there yet: a tar archive, compressed with zstd.
    Archive(PathBuf),
    /// The same archive, or a fixture, written as it is made.
    Stream(Box<dyn Write + Send>),
    /// A fixture that is not there yet.
    Fixture(PathBuf),
}

/// Where a dump is.
pub enum Input {
    /// A folder, or an archive compressed with zstd.
    Path(PathBuf),
    /// An archive compressed with zstd, read as it comes, or a fixture, which is kept aside.
    Stream(Box<dyn Read + Send>),
    /// A fixture, whatever it looks like.
    Fixture(PathBuf),
    /// A fixture that comes out of a stream.
    FixtureStream(Box<dyn Read + Send>),
}

/// What an input is.
pub(super) enum Found {
    /// A dump in the own form.
    Dump(Box<dyn Feed>),
    /// A fixture.
    Fixture(Text),
}

impl Output {
    /// By the name that a person gives: an archive where it ends in `.tar.zst`, a folder otherwise.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`]: it looks like a file of another kind, or names no folder of its own: `.`.
    pub fn named(path: PathBuf) -> Result<Self> {
        // `dump/.` is `dump`.
        let path: PathBuf = path.components().collect();
        let Some(name) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else {
            let message =
                format!("{} is a folder that is there, and a dump is written to one of its own", path.display());
            return Err(Error::new(ErrorKind::Usage, message).hint("name a new one: mainstay data dump -o dump"));
        };
        let other = [".tar", ".tar.gz", ".tgz", ".gz", ".zst", ".zip", ".json", ".jsonl", ".sql"];
        if name.ends_with(".tar.zst") {
            return Ok(Self::Archive(path));
        }
        match other.iter().find(|suffix| name.ends_with(**suffix)) {
            Some(suffix) => {
                let message =
                    format!("a dump is a folder or a file that ends in .tar.zst, and {name} ends in {suffix}");
                let stem = name.trim_end_matches(suffix);
                let error = Error::new(ErrorKind::Usage, message).hint(format!("mainstay data dump -o {stem}.tar.zst"));
                Err(match suffix.starts_with(".json") {
                    true => {
                        error.hint(format!("for a fixture of Django's: mainstay data dump --format django -o {name}"))
                    }
                    false => error,
                })
            }
            None => Ok(Self::Folder(path)),
        }
    }

    /// Where it goes, for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Folder(path) | Self::Archive(path) | Self::Fixture(path) => path.display().to_string(),
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
            Self::Archive(path) | Self::Fixture(path) => out::check_free(path),
            Self::Stream(_) => Ok(()),
        }
    }

    /// Where rows of this form go; how objects are written is said by `layouts`.
    pub(super) fn open(self, format: Format, layouts: Vec<(usize, Layout)>) -> Result<Box<dyn Form>> {
        let sink: Box<dyn Sink> = match (self, format) {
            (Self::Fixture(path), Format::Own) => {
                let message = format!("{} is a fixture, and rows in the own form are asked for", path.display());
                return Err(Error::new(ErrorKind::Usage, message)
                    .hint(format!("mainstay data dump --format django -o {}", path.display())));
            }
            (Self::Fixture(path) | Self::Folder(path) | Self::Archive(path), Format::Django) => {
                return Ok(Box::new(AsObjects::to(FixtureFile::create(path)?, layouts)));
            }
            (Self::Stream(stream), Format::Django) => {
                return Ok(Box::new(AsObjects::to(FixtureFile::stream(stream), layouts)));
            }
            (Self::Folder(path), Format::Own) => Box::new(Folder::begin(path)?),
            (Self::Archive(path), Format::Own) => Box::new(Archive::begin(path)?),
            (Self::Stream(stream), Format::Own) => Box::new(Archive::stream(stream)),
        };
        Ok(Box::new(AsLines::to(sink)))
    }
}

impl Input {
    /// Where it is, for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Path(path) | Self::Fixture(path) => path.display().to_string(),
            Self::Stream(_) | Self::FixtureStream(_) => STREAM.to_owned(),
        }
    }

    /// The file or folder, where it can be read twice.
    pub(super) fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Path(path) => Some(path.clone()),
            _ => None,
        }
    }

    /// Opens it as what it is; a fixture that is compressed or comes out of a stream is unpacked in the folder `temporary`.
    pub(super) fn find(self, temporary: &Path) -> Result<Found> {
        match self {
            Self::Fixture(path) => Text::open(&with_ending(path)?, temporary).map(Found::Fixture),
            Self::FixtureStream(stream) => Text::stream(stream, STREAM, temporary).map(Found::Fixture),
            Self::Path(path) => {
                let path = with_ending(path)?;
                match std::fs::File::open(&path).ok().filter(|_| path.is_file()).map(|file| is_fixture(file, &path)) {
                    Some(true) => Text::open(&path, temporary).map(Found::Fixture),
                    _ => open(&path).map(Found::Dump),
                }
            }
            Self::Stream(mut stream) => {
                let mut begin = Vec::new();
                let read = stream.by_ref().take(HEAD as u64).read_to_end(&mut begin);
                read.map_err(|source| Error::new(ErrorKind::Io, format!("cannot read {STREAM}")).source(source))?;
                let is_fixture = begins_a_fixture(&begin);
                let whole = std::io::Cursor::new(begin).chain(stream);
                match is_fixture {
                    true => Text::stream(whole, STREAM, temporary).map(Found::Fixture),
                    false => Ok(Found::Dump(Box::new(ArchiveFeed::open(Box::new(whole), STREAM.into())?))),
                }
            }
        }
    }
}

/// The name of standard input.
const STREAM: &str = "standard input";

/// Bytes that say what an input is.
const HEAD: usize = 4096;

/// Django leaves the ending off.
fn with_ending(path: PathBuf) -> Result<PathBuf> {
    if path.symlink_metadata().is_ok() {
        return Ok(path);
    }
    let longer = |ending: &&str| PathBuf::from(format!("{}{ending}", path.display()));
    let there: Vec<PathBuf> = ENDINGS.iter().map(longer).filter(|path| path.exists()).collect();
    match there.as_slice() {
        [] => Ok(path),
        [one] => Ok(one.clone()),
        [one, other, ..] => {
            let message = format!("{} may be {} or {}", path.display(), one.display(), other.display());
            Err(Error::new(ErrorKind::Usage, message).hint(format!("say which: mainstay data load {}", one.display())))
        }
    }
}

/// Whether a file is a fixture, by its name where it is compressed, and by its first bytes.
fn is_fixture(file: std::fs::File, path: &Path) -> bool {
    let mut begin = Vec::new();
    let _ = file.take(HEAD as u64).read_to_end(&mut begin);
    let name = path.to_string_lossy();
    begins_a_fixture(&begin) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn begins_a_fixture(begin: &[u8]) -> bool {
    let begin = begin.strip_prefix(b"\xef\xbb\xbf").unwrap_or(begin);
    let first = begin.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'[' | b'{')) || begin.starts_with(&[0x1f, 0x8b])
}

/// Opens a dump in the own form.
pub(super) fn open(path: &Path) -> Result<Box<dyn Feed>> {
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
