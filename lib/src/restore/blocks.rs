//! The data of an archive in the custom format: blocks in its one file.
//!
//! A block is a byte for its kind, the number of its entry, and chunks, each with its length before it; a length of 0 ends it. A
//! block of large objects has, for each, its number and chunks of its own, and ends with the number 0. Source:
//! `pg_backup_custom.c`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::archive::toc::{Custom, Entry, Location, Toc};
use crate::error::{Error, ErrorKind, Result};
use crate::store::Source;

/// Bytes of the front that are read at first; more where the table of contents is larger.
const FRONT: u64 = 1 << 20;
/// Kinds of blocks.
const ROWS: u8 = 1;
const LARGE_OBJECTS: u8 = 3;
/// Bytes of a number.
const NUMBER: usize = 5;

/// Where the blocks of a file are.
pub(super) struct Blocks {
    path: PathBuf,
    /// By the number of the entry: where its block begins, and about how many bytes it has.
    places: BTreeMap<i32, (u64, u64)>,
}

impl Blocks {
    /// Reads the table of contents of the archive at `path`, and finds its blocks.
    pub(super) fn open(path: &Path) -> Result<(Toc, Self)> {
        let unreadable = |error| Error::io("read", path, error);
        let mut file = File::open(path).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        let mut front = Vec::new();
        let custom = loop {
            let wanted = (front.len() as u64 * 2).max(FRONT) - front.len() as u64;
            Read::by_ref(&mut file).take(wanted).read_to_end(&mut front).map_err(unreadable)?;
            match Custom::read(&front).map_err(|error| error.context(format!("cannot read {}", path.display())))? {
                Some(custom) => break custom,
                None if front.len() as u64 >= size => {
                    let message = format!("{} ends within its table of contents", path.display());
                    return Err(
                        Error::new(ErrorKind::Verification, message).hint("it is not whole: restore another one")
                    );
                }
                None => {}
            }
        };
        let mut blocks = Self { path: path.to_owned(), places: BTreeMap::new() };
        let known = custom.toc.entries.iter().zip(&custom.data);
        let mut starts = BTreeMap::new();
        let mut unknown = false;
        for (entry, location) in known {
            match location {
                Location::At(offset) => drop(starts.insert(*offset, entry.id)),
                Location::Unknown if entry.had_dumper => unknown = true,
                Location::Unknown | Location::None => {}
            }
        }
        if unknown {
            // It was written into a pipe, and nobody could go back to say where the blocks are.
            starts = blocks.find(custom.end)?;
        }
        let ends = starts.keys().skip(1).copied().chain(std::iter::once(size));
        for ((start, id), end) in starts.iter().zip(ends) {
            blocks.places.insert(*id, (*start, end.saturating_sub(*start)));
        }
        Ok((custom.toc, blocks))
    }

    /// Walks from block to block: where each begins, and of which entry it is.
    fn find(&self, from: u64) -> Result<BTreeMap<u64, i32>> {
        let mut reader = BlockReader::at(&self.path, from)?;
        let mut found = BTreeMap::new();
        loop {
            let at = reader.offset;
            let Some(kind) = reader.byte()? else { return Ok(found) };
            let id = reader.number()?;
            found.insert(at, id);
            match kind {
                ROWS => reader.skip_chunks()?,
                LARGE_OBJECTS => {
                    while reader.number()? != 0 {
                        reader.skip_chunks()?;
                    }
                }
                other => return Err(reader.damaged(&format!("there is a block of the kind {other}"))),
            }
        }
    }

    /// About how many bytes the data of an entry has.
    pub(super) fn bytes(&self, id: i32) -> u64 {
        self.places.get(&id).map_or(0, |(_, bytes)| *bytes)
    }

    /// The data of an entry, compressed as it is.
    pub(super) fn read(&self, entry: &Entry) -> Result<Block> {
        self.block(entry, ROWS).map(|reader| Block { reader: Some(reader) })
    }

    /// The large objects of an entry.
    pub(super) fn objects(&self, entry: &Entry) -> Result<ObjectBlocks> {
        self.block(entry, LARGE_OBJECTS).map(|reader| ObjectBlocks { reader: Some(reader) })
    }

    fn block(&self, entry: &Entry, kind: u8) -> Result<BlockReader> {
        let missing = || {
            let message = format!("{} has no data of {}", self.path.display(), entry.describe());
            Error::new(ErrorKind::Verification, message).hint("it is not whole: restore another one")
        };
        let (start, _) = self.places.get(&entry.id).ok_or_else(missing)?;
        let mut reader = BlockReader::at(&self.path, *start)?;
        match (reader.byte()?, reader.number()?) {
            (Some(found), id) if found == kind && id == entry.id => Ok(reader),
            _ => Err(reader.damaged(&format!("the data of {} is not where it is said to be", entry.describe()))),
        }
    }
}

/// Reads numbers and chunks.
struct BlockReader {
    path: PathBuf,
    file: BufReader<File>,
    offset: u64,
}

impl BlockReader {
    fn at(path: &Path, offset: u64) -> Result<Self> {
        let open = || {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(offset))?;
            Ok(file)
        };
        let file = open().map_err(|error| Error::io("read", path, error))?;
        Ok(Self { path: path.to_owned(), file: BufReader::with_capacity(64 * 1024, file), offset })
    }

    /// The next byte; `None` at the file's end.
    fn byte(&mut self) -> Result<Option<u8>> {
        let mut byte = [0];
        match self.file.read(&mut byte).map_err(|error| Error::io("read", &self.path, error))? {
            0 => Ok(None),
            _ => {
                self.offset += 1;
                Ok(Some(byte[0]))
            }
        }
    }

    /// A number as in the table of contents: a byte for its sign, then four of its magnitude.
    fn number(&mut self) -> Result<i32> {
        let mut bytes = [0; NUMBER];
        self.fill(&mut bytes)?;
        let magnitude = u32::from_le_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]);
        match (bytes[0], i32::try_from(magnitude)) {
            (0, Ok(number)) => Ok(number),
            // The numbers of large objects go up to twice as many.
            (1, Ok(number)) => Ok(-number),
            (0, Err(_)) => Ok(magnitude as i32),
            _ => Err(self.damaged("there is no number where one should be")),
        }
    }

    /// The length of the next chunk; 0 at the end.
    fn length(&mut self) -> Result<usize> {
        let length = self.number()?;
        usize::try_from(length).map_err(|_| self.damaged("a chunk has a negative length"))
    }

    fn chunk(&mut self) -> Result<Option<Vec<u8>>> {
        /// Larger than any that pg_dump writes.
        const LARGEST: usize = 1 << 27;
        match self.length()? {
            0 => Ok(None),
            length if length > LARGEST => Err(self.damaged(&format!("a chunk has {length} bytes"))),
            length => {
                let mut chunk = vec![0; length];
                self.fill(&mut chunk)?;
                Ok(Some(chunk))
            }
        }
    }

    fn skip_chunks(&mut self) -> Result<()> {
        loop {
            match self.length()? {
                0 => return Ok(()),
                length => {
                    let passed = i64::try_from(length).unwrap_or(i64::MAX);
                    self.file.seek_relative(passed).map_err(|error| Error::io("read", &self.path, error))?;
                    self.offset += length as u64;
                }
            }
        }
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<()> {
        match self.file.read_exact(bytes) {
            Ok(()) => {
                self.offset += bytes.len() as u64;
                Ok(())
            }
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                Err(self.damaged("it ends within its data"))
            }
            Err(error) => Err(Error::io("read", &self.path, error)),
        }
    }

    fn damaged(&self, why: &str) -> Error {
        let message = format!("{} is damaged at byte {}: {why}", self.path.display(), self.offset);
        Error::new(ErrorKind::Verification, message).hint("restore another one")
    }
}

/// Runs `read` where it holds up nobody else.
async fn aside<T: Send + 'static>(
    reader: &mut Option<BlockReader>,
    read: impl FnOnce(&mut BlockReader) -> Result<T> + Send + 'static,
) -> Result<T> {
    let gone = || Error::new(ErrorKind::Io, "reading the archive was given up");
    let mut inner = reader.take().ok_or_else(gone)?;
    let task = tokio::task::spawn_blocking(move || {
        let read = read(&mut inner);
        (inner, read)
    });
    let (inner, read) = task.await.map_err(|error| gone().source(error))?;
    *reader = Some(inner);
    read
}

/// The data of one entry.
pub(super) struct Block {
    reader: Option<BlockReader>,
}

#[async_trait::async_trait]
impl Source for Block {
    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        aside(&mut self.reader, BlockReader::chunk).await
    }
}

/// Large objects, one after the other.
pub(super) struct ObjectBlocks {
    reader: Option<BlockReader>,
}

impl ObjectBlocks {
    /// The number of the next one; `None` after the last.
    pub(super) async fn next_object(&mut self) -> Result<Option<u32>> {
        let number = aside(&mut self.reader, BlockReader::number).await?;
        Ok((number != 0).then_some(number as u32))
    }

    /// The next bytes of the object that was begun, compressed as they are; `None` at its end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Vec<u8>>> {
        aside(&mut self.reader, BlockReader::chunk).await
    }
}
