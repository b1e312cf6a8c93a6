//! One file by pg_dump, for those who want just that: written aside, read back whole, only then given its name.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{self, Receiver};
use tokio::task::spawn_blocking;

use crate::archive::codec::{Codec, Decoder, Encoder};
use crate::archive::digest::{Stored, StoredReader};
use crate::conn::{PostgresTarget, Target};
use crate::disk::{self, Part};
use crate::engine::postgres::connect;
use crate::engine::{Context, Session};
use crate::error::{Error, ErrorKind, Result, move_away};
use crate::observer::{Event, Observer};
use crate::tool::{dump_custom, dump_plain, find_binaries, verify_custom};

/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;
/// What pg_dump writes at the end of a plain dump, and nowhere else at the beginning of a line near it.
const END: &str = "-- PostgreSQL database dump complete";

/// A form of a single file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SingleFormat {
    /// SQL, for psql; compressed where the file's name ends in `.gz` or `.zst`.
    Plain,
    /// pg_dump's own, for pg_restore; it is compressed by itself.
    Custom,
}

/// A file that was written and read back.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct SingleFile {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// How long writing and checking it took.
    pub seconds: f64,
}

/// Dumps the database into `file`, which must not exist.
///
/// # Errors
/// The file exists; there is no fitting pg_dump, or it failed; the file does not read back whole. Nothing is left behind.
pub async fn single_file(
    target: &Target,
    format: SingleFormat,
    file: &Path,
    lock_wait: Duration,
    search_path: &str,
    context: &Context,
) -> Result<SingleFile> {
    let Target::Postgres(target) = target else {
        return Err(Error::new(ErrorKind::Usage, "an SQLite database has no dump of that form")
            .hint("back it up as it is: mainstay backup create"));
    };
    let begun = Instant::now();
    let codec = Codec::of_file(&file.to_string_lossy())?;
    if format == SingleFormat::Custom && codec != Codec::None {
        return Err(Error::new(ErrorKind::Usage, "the custom format is compressed by itself")
            .hint("leave out the suffix: mainstay backup create --format custom -o FILE.dump"));
    }
    if file.symlink_metadata().is_ok() {
        return Err(Error::new(ErrorKind::Refused, format!("{} exists already", file.display())).hint(move_away(file)));
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let mut part = Part::beside(file, &format!("{name}."))?;
    let binaries = find_binaries(search_path, &["pg_dump", "pg_restore"]).unwrap_or_default();
    let (target, version) = one_host(target, context).await?;
    match format {
        SingleFormat::Custom => {
            dump_custom(&target, version, &binaries, part.path(), "dump", &context.observer).await?;
            verify_custom(&binaries, part.path()).await?;
        }
        SingleFormat::Plain => {
            let (to, from) = mpsc::channel(3);
            let open = part.file().try_clone().map_err(|error| Error::io("write", part.path(), error))?;
            let (path, observer) = (part.path().to_owned(), Arc::clone(&context.observer));
            let writing = spawn_blocking(move || write(open, &path, codec, from, &*observer));
            let dumped = dump_plain(&target, version, &binaries, lock_wait.as_millis().max(1), &to).await;
            drop(to);
            let written = joined(writing.await)?;
            // Where the file takes no more, pg_dump only knows that nobody reads it.
            let stored = written?;
            dumped?;
            let path = part.path().to_owned();
            joined(spawn_blocking(move || read_back(&path, codec, &stored)).await)??;
        }
    }
    let bytes = std::fs::metadata(part.path()).map_err(|error| Error::io("read", part.path(), error))?.len();
    disk::commit_new(part.path(), std::iter::once(file.to_owned()))?;
    Ok(SingleFile { path: file.to_owned(), bytes, seconds: begun.elapsed().as_secs_f64() })
}

/// The host that answers, and its version: a second try on another one would write the file twice.
async fn one_host(target: &PostgresTarget, context: &Context) -> Result<(PostgresTarget, u32)> {
    let session = connect(target, context).await?;
    let server = session.server().clone();
    let answered = target.hosts.iter().find(|host| host.to_string() == server.address).cloned();
    let hosts = vec![answered.unwrap_or_else(|| target.hosts[0].clone())];
    Box::new(session).close().await;
    Ok((PostgresTarget { hosts, ..target.clone() }, server.version_number))
}

/// Compresses what comes into `file`, which is at `path`.
fn write(
    mut file: File,
    path: &Path,
    codec: Codec,
    mut from: Receiver<Vec<u8>>,
    observer: &dyn Observer,
) -> Result<Stored> {
    let failed = |error| Error::io("write", path, error);
    let (mut digest, mut encoder, mut done) = (StoredReader::default(), Encoder::new(codec), 0);
    let mut sink = |piece: &[u8]| {
        digest.push(piece);
        file.write_all(piece).map_err(failed)
    };
    while let Some(piece) = from.blocking_recv() {
        done += piece.len() as u64;
        observer.event(Event::Progress { what: "dump", done, total: None });
        encoder.push(&piece, &mut sink)?;
    }
    encoder.finish(&mut sink)?;
    file.sync_all().map_err(failed)?;
    Ok(digest.finish())
}

/// The file has the bytes that were written, they can be decoded, and the dump goes to its end.
fn read_back(path: &Path, codec: Codec, stored: &Stored) -> Result<()> {
    let mut file = File::open(path).map_err(|error| Error::io("read", path, error))?;
    let (mut digest, mut decoder, mut tail) = (StoredReader::default(), Decoder::new(codec)?, Vec::new());
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece).map_err(|error| Error::io("read", path, error))?;
        if read == 0 {
            break;
        }
        digest.push(&piece[..read]);
        decoder.push(&piece[..read], &mut |plain| {
            tail.extend_from_slice(plain);
            let more = tail.len().saturating_sub(1000);
            tail.drain(..more);
            Ok(())
        })?;
    }
    decoder.finish()?;
    let ends = String::from_utf8_lossy(&tail).lines().any(|line| line == END);
    if digest.finish() == *stored && ends {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Verification, format!("the dump {} does not read back whole", path.display())))
}

fn joined<T>(done: Result<T, tokio::task::JoinError>) -> Result<T> {
    done.map_err(|error| Error::new(ErrorKind::Io, "a thread that works on the disk has stopped").source(error))
}
