//! An archive that can be restored: its table of contents, and the way to its data.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::archive::codec::{Codec, Decoder};
use crate::archive::digest::Stored;
use crate::archive::globals::{GLOBALS, Globals};
use crate::archive::manifest::{self, MANIFEST, Manifest};
use crate::archive::rights::{RIGHTS, Rights};
use crate::archive::sealed::{Opener, Opening, Unlocking};
use crate::archive::toc::{Algorithm, Compression, Entry, Toc};
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Source, Store};

use super::blocks::Blocks;
use super::decoded::Decoded;
use super::file::FileSource;
use super::transcode;

/// Its table of contents.
const TOC: &str = "toc.dat";
/// The largest table of contents that is read: that of a database with some millions of objects.
const LARGEST_TOC: usize = 1 << 30;

/// An archive that can be restored.
pub struct Archive {
    /// Where it is, for people.
    pub place: String,
    /// What it holds.
    pub toc: Toc,
    /// What is known of its rows, where it is one of ours.
    pub manifest: Option<Manifest>,
    /// The roles, once they were read.
    pub(super) globals: Option<Globals>,
    data: Data,
    /// Decrypts its files.
    opener: Opener,
    /// Whether the texts are in UTF-8 by now.
    turned: bool,
}

enum Data {
    /// The folder of a `pg_dump -Fd`, and the sizes of its files.
    Folder(PathBuf, BTreeMap<String, u64>),
    /// The file of a `pg_dump -Fc`.
    File(Blocks),
    /// A folder in a store.
    Stored(Arc<dyn Store>, String),
}

impl Archive {
    /// The folder that `pg_dump -Fd` has written, or a backup of ours; `unlocking` has the keys of an encrypted one.
    ///
    /// # Errors
    /// It cannot be read, is no archive, or is damaged; no key opens it.
    pub fn folder(folder: &Path, unlocking: &Unlocking) -> Result<Self> {
        let listed = std::fs::read_dir(folder).map_err(|error| Error::io("read the folder", folder, error))?;
        let mut files = BTreeMap::new();
        for file in listed {
            let file = file.map_err(|error| Error::io("read the folder", folder, error))?;
            let about = file.metadata().map_err(|error| Error::io("read", &file.path(), error))?;
            files.insert(file.file_name().to_string_lossy().into_owned(), about.len());
        }
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path).map_err(|error| Error::io("read", &path, error))
        };
        let manifest = match files.contains_key(MANIFEST) {
            true => Some(Manifest::read(&read(MANIFEST)?)?),
            false => None,
        };
        let file = manifest.as_ref().and_then(|manifest| file_of(manifest, TOC));
        let name = file.map_or(TOC, |file| file.name.as_str());
        if !files.contains_key(name) {
            let message = format!("{} is no archive: there is no toc.dat in it", folder.display());
            return Err(Error::new(ErrorKind::NotFound, message)
                .hint("name the folder that pg_dump -Fd has written, or a backup: mainstay backup list"));
        }
        let opener = match &manifest {
            Some(manifest) => Opener::needed(manifest, unlocking)?,
            None => Opener::Plain,
        };
        let (bytes, place) = (read(name)?, folder.display().to_string());
        if let Some(file) = file {
            check(file, &bytes, &place)?;
        }
        let toc = Toc::read(&opened(&opener, name, bytes)?)?;
        let data = Data::Folder(folder.to_owned(), files);
        Ok(Self { place, toc, manifest, globals: None, data, opener, turned: false })
    }

    /// The file that `pg_dump -Fc` has written.
    ///
    /// # Errors
    /// It cannot be read, is no archive, or is damaged.
    pub fn file(path: &Path) -> Result<Self> {
        let (toc, blocks) = Blocks::open(path)?;
        let place = path.display().to_string();
        let data = Data::File(blocks);
        Ok(Self { place, toc, manifest: None, globals: None, data, opener: Opener::Plain, turned: false })
    }

    /// The backup called `id` in `store`, whose manifest has been read; `unlocking` has the keys of an encrypted one.
    ///
    /// # Errors
    /// The store cannot be read; the table of contents is damaged; no key opens the backup.
    pub async fn stored(store: Arc<dyn Store>, id: &str, manifest: Manifest, unlocking: &Unlocking) -> Result<Self> {
        let opener = Opener::needed(&manifest, unlocking)?;
        let place = format!("{}/{id}", store.describe());
        let file = file_of(&manifest, TOC);
        let file = file.ok_or_else(|| {
            let message = format!("the backup {id} has no toc.dat");
            Error::new(ErrorKind::Verification, message).hint("another one: mainstay backup list")
        })?;
        let mut source = store.read(&format!("{id}/{}", file.name)).await?;
        let mut bytes = Vec::new();
        while let Some(piece) = source.next().await? {
            bytes.extend(piece);
            if bytes.len() > LARGEST_TOC {
                return Err(Error::new(ErrorKind::Verification, format!("toc.dat of the backup {id} has no end")));
            }
        }
        check(file, &bytes, &format!("the backup {id}"))?;
        let toc = Toc::read(&opened(&opener, &file.name, bytes)?)?;
        let data = Data::Stored(store, id.to_owned());
        Ok(Self { place, toc, manifest: Some(manifest), globals: None, data, opener, turned: false })
    }

    /// The encoding that its texts and rows are in, as the server calls it.
    pub fn encoding(&self) -> String {
        let said = self.toc.entries.iter().find(|entry| entry.kind == "ENCODING");
        let text = said.and_then(|entry| entry.definition.as_deref()).map(String::from_utf8_lossy).unwrap_or_default();
        text.split('\'').nth(1).map_or_else(|| "UTF8".to_owned(), str::to_owned)
    }

    /// Turns the texts into UTF-8; the rows stay as they are.
    pub(super) async fn turn(&mut self, session: &mut dyn Session) -> Result<()> {
        if !std::mem::replace(&mut self.turned, true) {
            let encoding = self.encoding();
            transcode::to_utf8(&mut self.toc, &encoding, session).await?;
        }
        Ok(())
    }

    /// Whether it has the roles of its database.
    pub(super) fn has_globals(&self) -> bool {
        self.manifest.as_ref().is_some_and(|manifest| file_of(manifest, GLOBALS).is_some())
    }

    /// Reads the roles of its database, where it has them.
    pub(super) async fn read_globals(&mut self) -> Result<()> {
        if self.globals.is_none()
            && let Some(bytes) = self.small(GLOBALS).await?
        {
            let damaged = |_| Error::new(ErrorKind::Verification, format!("{GLOBALS} of {} is damaged", self.place));
            self.globals = Some(Globals::read(&String::from_utf8(bytes).map_err(damaged)?)?);
        }
        Ok(())
    }

    /// Whose everything was when the backup was made; `None` where nobody has written it down.
    ///
    /// # Errors
    /// It is damaged, or of a format to come.
    pub async fn rights(&self) -> Result<Option<Rights>> {
        self.small(RIGHTS).await?.map(|bytes| Rights::read(&bytes)).transpose()
    }

    /// A small file that a backup of ours has beside its table of contents; `None` where it has none of that name.
    async fn small(&self, name: &str) -> Result<Option<Vec<u8>>> {
        if self.manifest.as_ref().is_none_or(|manifest| file_of(manifest, name).is_none()) {
            return Ok(None);
        }
        let (mut file, mut bytes) = (self.named(name.as_bytes()).await?, Vec::new());
        while let Some(piece) = file.next().await? {
            bytes.extend(piece);
        }
        Ok(Some(bytes))
    }

    /// The bytes of an entry's data as they are stored; 0 where nobody knows.
    pub(super) fn stored_bytes(&self, entry: &Entry) -> u64 {
        match (&self.data, &self.manifest) {
            (Data::File(blocks), _) => blocks.bytes(entry.id),
            (_, Some(manifest)) => {
                file_of(manifest, &String::from_utf8_lossy(&entry.file)).map_or(0, |file| file.stored.bytes)
            }
            (Data::Folder(_, files), None) => {
                let name = String::from_utf8_lossy(&entry.file).into_owned();
                NAMES.iter().find_map(|suffix| files.get(&format!("{name}{suffix}"))).copied().unwrap_or_default()
            }
            (Data::Stored(..), None) => 0,
        }
    }

    /// The data of an entry, decoded.
    pub(super) async fn data(&self, entry: &Entry) -> Result<Decoded> {
        match &self.data {
            Data::File(blocks) => {
                let source = blocks.read(entry)?;
                Ok(Decoded::new(entry.describe(), Box::new(source), Opening::Plain, self.block_decoder()?, None))
            }
            _ => self.named(&entry.file).await,
        }
    }

    /// The large objects of an entry as a list and files, or as what is in the one file.
    pub(super) async fn large_objects(&self, entry: &Entry) -> Result<LargeObjects> {
        if let Data::File(blocks) = &self.data {
            return Ok(LargeObjects::Blocks(blocks.objects(entry)?));
        }
        let mut list = self.named(&entry.file).await?;
        let mut text = Vec::new();
        while let Some(piece) = list.next().await? {
            text.extend(piece);
        }
        let damaged = || {
            let name = String::from_utf8_lossy(&entry.file).into_owned();
            Error::new(ErrorKind::Verification, format!("the list of large objects {name} is damaged"))
        };
        let lines = String::from_utf8(text).map_err(|_| damaged())?;
        let line = |line: &str| {
            let (oid, name) = line.split_once(' ')?;
            Some((oid.parse().ok()?, name.to_owned()))
        };
        lines.lines().map(|text| line(text).ok_or_else(damaged)).collect::<Result<_>>().map(LargeObjects::Files)
    }

    /// A file of the archive by its name without suffix, decoded.
    pub(super) async fn named(&self, file: &[u8]) -> Result<Decoded> {
        let base = String::from_utf8_lossy(file).into_owned();
        let listed = match &self.manifest {
            Some(manifest) => {
                file_of(manifest, &base).map(|file| (file.name.clone(), file.codec, Some(file.stored.clone())))
            }
            None => self
                .found(&base)?
                .map(|name| (name.clone(), Codec::of_file(&name), None))
                .map(|(name, codec, stored)| codec.map(|codec| (name, codec, stored)))
                .transpose()?,
        };
        let Some((name, codec, stored)) = listed else {
            let message = format!("{} has no file {base}", self.place);
            return Err(Error::new(ErrorKind::Verification, message).hint("it is not whole: restore another one"));
        };
        let source: Box<dyn Source> = match &self.data {
            Data::Stored(store, id) => store.read(&format!("{id}/{name}")).await?,
            Data::Folder(folder, _) => Box::new(FileSource::open(&folder.join(&name))?),
            Data::File(_) => unreachable!("a single file has no files"),
        };
        Ok(Decoded::new(name, source, self.opener.begin(), Decoder::new(codec)?, stored))
    }

    /// The file of a folder without manifest that is called `base`, however it is compressed.
    fn found(&self, base: &str) -> Result<Option<String>> {
        let Data::Folder(_, files) = &self.data else { return Ok(None) };
        let name = NAMES.iter().map(|suffix| format!("{base}{suffix}")).find(|name| files.contains_key(name));
        match name {
            Some(name) => Codec::of_file(&name).map(|_| Some(name)),
            None => Ok(None),
        }
    }

    /// How the blocks of a single file are compressed.
    pub(super) fn block_decoder(&self) -> Result<Decoder> {
        match self.toc.header.compression {
            Compression::Level(0) | Compression::Algorithm(Algorithm::None) => Decoder::new(Codec::None),
            Compression::Level(_) | Compression::Algorithm(Algorithm::Gzip) => Ok(Decoder::zlib()),
            Compression::Algorithm(Algorithm::Zstd) => Decoder::new(Codec::Zstd(1)),
            Compression::Algorithm(Algorithm::Lz4) => {
                let message = format!("{} is compressed with lz4, which is not read here", self.place);
                let hint = "dump it again with another compression: pg_dump -Fc --compress=zstd";
                Err(Error::new(ErrorKind::Unsupported, message).hint(hint))
            }
        }
    }
}

/// Large objects as an archive has them.
pub(super) enum LargeObjects {
    /// Each with the name of its file.
    Files(Vec<(u32, String)>),
    /// One after the other in a single file.
    Blocks(super::blocks::ObjectBlocks),
}

/// What a data file's name may end in.
const NAMES: [&str; 4] = ["", ".gz", ".zst", ".lz4"];

/// The manifest's file whose name is `base` with the suffix of its compression and encryption.
fn file_of<'a>(manifest: &'a Manifest, base: &str) -> Option<&'a manifest::File> {
    manifest.files.iter().find(|file| file.base() == base)
}

/// A small file of a backup of ours is what its manifest says.
fn check(file: &manifest::File, bytes: &[u8], place: &str) -> Result<()> {
    if Stored::of(bytes) == file.stored {
        return Ok(());
    }
    let message = format!("{} of {place} is damaged: its digest is another one", file.name);
    Err(Error::new(ErrorKind::Verification, message).hint("another one: mainstay backup list"))
}

/// The bytes of a small file, decrypted.
fn opened(opener: &Opener, name: &str, bytes: Vec<u8>) -> Result<Vec<u8>> {
    let (mut opening, mut plain) = (opener.begin(), Vec::with_capacity(bytes.len()));
    let mut keep = |piece: &[u8]| {
        plain.extend_from_slice(piece);
        Ok(())
    };
    let opened = opening.push(&bytes, &mut keep).and_then(|()| opening.finish(&mut keep));
    opened.map_err(|error| error.context(format!("{name} is damaged"))).map(|()| plain)
}
