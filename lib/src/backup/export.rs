//! A backup as the plain folder that stock pg_restore reads, or as the SQLite file that it was.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tokio::sync::mpsc::{self, Receiver};
use tokio::task::spawn_blocking;

use crate::archive::codec::{Codec, Decoder, Encoder};
use crate::archive::digest::StoredReader;
use crate::archive::manifest::{self, Engine, Manifest};
use crate::archive::sealed::{Opener, Opening, Unlocking};
use crate::disk::PartFolder;
use crate::engine::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;
use crate::store::Store;

/// A folder that was written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Exported {
    /// The backup.
    pub id: String,
    /// The folder.
    pub path: PathBuf,
    /// Files in it.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// How its data files are compressed; missing where they are as they were stored.
    pub codec: Option<Codec>,
}

/// Writes the files of a backup into the new folder `folder`, each compared with the manifest; `codec` compresses its data files
/// otherwise than they are. Encrypted ones are opened with the keys of `unlocking`: what is written lies open.
///
/// # Errors
/// The folder exists; no key opens the backup; a file is missing or another one than the manifest says. Nothing is left behind.
pub async fn export(
    store: &dyn Store,
    manifest: &Manifest,
    unlocking: &Unlocking,
    folder: &Path,
    codec: Option<Codec>,
    context: &Context,
) -> Result<Exported> {
    let opener = Opener::needed(manifest, unlocking)?;
    if folder.symlink_metadata().is_ok() {
        return Err(Error::new(ErrorKind::Refused, format!("{} exists already", folder.display()))
            .hint("name a folder that is not there yet"));
    }
    let aside = PartFolder::beside(folder)?;
    let total = manifest.files.iter().map(|file| file.stored.bytes).sum();
    let (mut done, mut bytes) = (0, 0);
    for file in &manifest.files {
        bytes += one(store, manifest, file, &opener, aside.path(), codec).await?;
        done += file.stored.bytes;
        context.observer.event(Event::Progress { what: "export", done, total: Some(total) });
    }
    let sync = |path: &Path| File::open(path).and_then(|folder| folder.sync_all());
    sync(aside.path()).map_err(|error| Error::io("sync the folder", aside.path(), error))?;
    std::fs::rename(aside.path(), folder).map_err(|error| Error::io("rename", aside.path(), error))?;
    let files = manifest.files.len();
    Ok(Exported { id: manifest.id.clone(), path: folder.to_owned(), files, bytes, codec })
}

/// Writes one file; its size.
async fn one(
    store: &dyn Store,
    manifest: &Manifest,
    file: &manifest::File,
    opener: &Opener,
    folder: &Path,
    codec: Option<Codec>,
) -> Result<u64> {
    let stem = file.base();
    // What is not compressed has to be read without: the table of contents, lists of large objects.
    let (stem, after) = match (manifest.source.engine, file.codec) {
        (Engine::Sqlite, _) => (stem, Codec::None),
        (Engine::Postgres, Codec::None) if !stem.ends_with(".dat") || stem == "toc.dat" => (stem, Codec::None),
        (Engine::Postgres, now) => (stem, codec.unwrap_or(now)),
    };
    let path = folder.join(format!("{stem}{}", after.suffix()));
    let (to, from) = mpsc::channel(3);
    let (before, opening) = (file.codec, opener.begin());
    let writing = {
        let path = path.clone();
        spawn_blocking(move || write(&path, opening, before, after, from))
    };
    let read = async {
        let mut source = store.read(&format!("{}/{}", manifest.id, file.name)).await?;
        let mut digest = StoredReader::default();
        while let Some(piece) = source.next().await? {
            digest.push(&piece);
            // Nobody takes it any more where it cannot be decoded; whether it is damaged is to be known all the same.
            let _ = to.send(piece).await;
        }
        Result::<_>::Ok(digest.finish())
    };
    let read = read.await;
    drop(to);
    let written = writing.await;
    let stored = read?;
    let written = written.map_err(|error| Error::io("write", &path, std::io::Error::other(error)))?;
    // What is damaged may be what cannot be decoded: the damage is the reason.
    if stored != file.stored {
        let message = format!("{} is not what the backup's manifest says: it is damaged", file.name);
        return Err(Error::new(ErrorKind::Verification, message).hint("look at all of it: mainstay backup verify"));
    }
    written.map_err(|error| error.context(format!("{} cannot be written out", file.name)))
}

/// Writes what comes to the new file `path`, opened, and compressed by `after` and no longer by `before`.
fn write(path: &Path, mut opening: Opening, before: Codec, after: Codec, mut from: Receiver<Vec<u8>>) -> Result<u64> {
    let failed = |error| Error::io("write", path, error);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    let mut bytes = 0;
    let mut sink = |piece: &[u8]| {
        bytes += piece.len() as u64;
        file.write_all(piece).map_err(failed)
    };
    if before.suffix() == after.suffix() {
        while let Some(piece) = from.blocking_recv() {
            opening.push(&piece, &mut sink)?;
        }
        opening.finish(&mut sink)?;
    } else {
        let (mut decoder, mut encoder) = (Decoder::new(before)?, Encoder::new(after));
        let mut recode = |piece: &[u8]| decoder.push(piece, &mut |plain| encoder.push(plain, &mut sink));
        while let Some(piece) = from.blocking_recv() {
            opening.push(&piece, &mut recode)?;
        }
        opening.finish(&mut recode)?;
        decoder.finish()?;
        encoder.finish(&mut sink)?;
    }
    file.sync_all().map_err(failed)?;
    Ok(bytes)
}
