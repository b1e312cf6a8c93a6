//! A folder of files. An object is written aside, synced and renamed; the folder is synced too.

mod part;
mod walk;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::error::{Error, ErrorKind, Result};

use super::{Object, Sink, Source, Store, check_name};
use part::Part;

/// Bytes that go to or come from the disk at once.
const PIECE: usize = 1024 * 1024;

/// Objects as files below a folder, which is made when the first is written: for its owner alone, as the files are.
pub struct FolderStore {
    place: Arc<Place>,
}

/// The folder, and whether what dead writers left in it was looked for.
struct Place {
    root: PathBuf,
    swept: AtomicBool,
}

impl FolderStore {
    /// The store in the folder `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { place: Arc::new(Place { root: root.into(), swept: AtomicBool::new(false) }) }
    }

    /// Begins the part of the object called `name`, on a thread that may wait for the disk.
    async fn begin(&self, name: &str) -> Result<Part> {
        check_name(name)?;
        let (place, path) = (Arc::clone(&self.place), self.place.root.join(name));
        blocking(move || {
            if !place.swept.swap(true, Ordering::Relaxed) {
                walk::sweep(&place.root);
            }
            Part::begin(&place.root, path)
        })
        .await
    }
}

#[async_trait]
impl Store for FolderStore {
    fn describe(&self) -> String {
        self.place.root.display().to_string()
    }

    async fn is_there(&self) -> Result<bool> {
        let root = self.place.root.clone();
        blocking(move || root.try_exists().map_err(|error| failed("read the folder", &root, error))).await
    }

    async fn list(&self, under: &str) -> Result<Vec<Object>> {
        let (place, under) = (Arc::clone(&self.place), under.to_owned());
        blocking(move || walk::list(&place.root, &under)).await
    }

    async fn read(&self, name: &str) -> Result<Box<dyn Source>> {
        check_name(name)?;
        let (store, name, path) = (self.describe(), name.to_owned(), self.place.root.join(name));
        let source = blocking(move || {
            let file = match File::open(&path) {
                Ok(file) => file,
                Err(error) if is_missing(&error) => return Err(missing(&store, &name)),
                Err(error) => return Err(failed("read", &path, error)),
            };
            let metadata = file.metadata().map_err(|error| failed("read", &path, error))?;
            if !metadata.is_file() {
                return Err(missing(&store, &name));
            }
            Ok(FolderSource { ahead: Some(read_on(file)), left: metadata.len(), path })
        });
        Ok(Box::new(source.await?))
    }

    async fn write(&self, name: &str) -> Result<Box<dyn Sink>> {
        let part = self.begin(name).await?;
        Ok(Box::new(FolderSink { file: Some(part.file()?), part, held: Vec::with_capacity(PIECE), writing: None }))
    }

    async fn create(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let part = self.begin(name).await?;
        let (store, name, bytes) = (self.describe(), name.to_owned(), bytes.to_owned());
        blocking(move || {
            part.file()?.write_all(&bytes).map_err(|error| failed("write", part.path(), error))?;
            part.commit_new()?
                .then_some(())
                .ok_or_else(|| Error::new(ErrorKind::Refused, format!("there is already an object {name} in {store}")))
        })
        .await
    }

    async fn remove(&self, name: &str) -> Result<()> {
        check_name(name)?;
        let (place, path) = (Arc::clone(&self.place), self.place.root.join(name));
        blocking(move || match std::fs::remove_file(&path) {
            Ok(()) => {
                walk::remove_empty(&place.root, &path);
                Ok(())
            }
            Err(error) if is_missing(&error) => Ok(()),
            Err(error) => Err(failed("remove", &path, error)),
        })
        .await
    }
}

/// What comes back from a thread that has read or written a piece.
struct Moved {
    file: File,
    piece: Vec<u8>,
    done: io::Result<()>,
}

/// A file that is being read; the next piece is on its way while the last is worked on.
struct FolderSource {
    path: PathBuf,
    /// Bytes that the file had, and that were not handed on yet.
    left: u64,
    ahead: Option<JoinHandle<Moved>>,
}

fn read_on(mut file: File) -> JoinHandle<Moved> {
    spawn_blocking(move || {
        let mut piece = Vec::with_capacity(PIECE);
        let done = (&mut file).take(PIECE as u64).read_to_end(&mut piece).map(drop);
        Moved { file, piece, done }
    })
}

#[async_trait]
impl Source for FolderSource {
    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let Some(ahead) = self.ahead.take() else { return Ok(None) };
        let Moved { file, piece, done } = joined(ahead.await)?;
        done.map_err(|error| failed("read", &self.path, error))?;
        if !piece.is_empty() {
            self.left = self.left.saturating_sub(piece.len() as u64);
            self.ahead = Some(read_on(file));
            return Ok(Some(piece));
        }
        if self.left == 0 {
            return Ok(None);
        }
        let message = format!("{} has become shorter by {} bytes while it was read", self.path.display(), self.left);
        Err(Error::new(ErrorKind::Io, message))
    }
}

/// A file that is being written; the last piece is on its way to the disk while the next is gathered.
struct FolderSink {
    part: Part,
    /// None while it is being written to.
    file: Option<File>,
    held: Vec<u8>,
    writing: Option<JoinHandle<Moved>>,
}

impl FolderSink {
    /// Sends what is held on its way, once what was sent before has arrived.
    async fn send(&mut self) -> Result<()> {
        let emptied = self.arrive().await?;
        let piece = std::mem::replace(&mut self.held, emptied);
        let Some(mut file) = self.file.take() else { return Err(self.broken()) };
        self.writing = Some(spawn_blocking(move || {
            let done = file.write_all(&piece);
            Moved { file, piece, done }
        }));
        Ok(())
    }

    /// Waits for what is on its way; its memory is used again.
    async fn arrive(&mut self) -> Result<Vec<u8>> {
        let Some(writing) = self.writing.take() else { return Ok(Vec::with_capacity(PIECE)) };
        let Moved { file, mut piece, done } = joined(writing.await)?;
        // After an error the file stays away: nothing more goes into it.
        done.map_err(|error| failed("write", self.part.path(), error))?;
        self.file = Some(file);
        piece.clear();
        Ok(piece)
    }

    fn broken(&self) -> Error {
        let message = format!("{} could not be written and cannot be finished", self.part.path().display());
        Error::new(ErrorKind::Io, message)
    }
}

#[async_trait]
impl Sink for FolderSink {
    async fn write(&mut self, mut piece: &[u8]) -> Result<()> {
        while !piece.is_empty() {
            let (now, later) = piece.split_at(piece.len().min(PIECE - self.held.len()));
            self.held.extend(now);
            piece = later;
            if self.held.len() == PIECE {
                self.send().await?;
            }
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<()> {
        if !self.held.is_empty() {
            self.send().await?;
        }
        self.arrive().await?;
        if self.file.is_none() {
            return Err(self.broken());
        }
        let part = self.part;
        blocking(move || part.commit()).await
    }
}

/// Runs what waits for the disk on a thread of its own.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    joined(spawn_blocking(work).await)?
}

fn joined<T>(done: Result<T, tokio::task::JoinError>) -> Result<T> {
    done.map_err(|error| Error::new(ErrorKind::Io, "a thread that works on the disk has stopped").source(error))
}

/// Also where a folder on the way is a file.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn missing(store: &str, name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no object {name} in {store}"))
        .hint("see what there is: mainstay backup list")
}

/// An error of the disk, with the command that shows more of it.
fn failed(doing: &str, path: &Path, source: io::Error) -> Error {
    let folder = path.parent().unwrap_or(path).display().to_string();
    let hint = match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(format!("type: df -h {folder}")),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Some(format!("type: ls -ld {folder}")),
        _ => None,
    };
    let error = Error::io(doing, path, source);
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
