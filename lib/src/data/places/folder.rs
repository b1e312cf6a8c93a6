//! A folder with one file of lines for each table. It is made aside, and gets its name once it is whole.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind as Io, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Feed, PIECE, Part, Sink};
use crate::archive::digest::Rows;
use crate::disk;
use crate::error::{Error, ErrorKind, Result, shell_word};
use crate::portable::file_name;
use crate::portable::manifest::{self, Manifest};

/// A dump that is being written.
pub(in crate::data) struct Folder {
    path: PathBuf,
    /// Where it is made; nothing once it has its name.
    part: Option<PathBuf>,
    open: Option<(PathBuf, String, File)>,
}

pub(super) fn check_free(path: &Path) -> Result<()> {
    let taken = match std::fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == Io::NotFound => false,
        Err(error) if error.kind() == Io::NotADirectory => true,
        Err(error) => return Err(Error::io("look into", path, error)),
    };
    if !taken {
        return Ok(());
    }
    let message = format!("{} is there already, and a dump is written to a place of its own", path.display());
    Err(Error::new(ErrorKind::Refused, message).hint(match path.is_dir() || path.is_file() {
        true => format!("name another one, or remove it first: rm -r {}", shell_word(&path.display().to_string())),
        false => "name another one".to_owned(),
    }))
}

impl Folder {
    pub(super) fn begin(path: PathBuf) -> Result<Self> {
        check_free(&path)?;
        let part = disk::unfinished_name(&path);
        disk::make_private_folder(&part)?;
        Ok(Self { path, part: Some(part), open: None })
    }

    fn folder(&self) -> &Path {
        self.part.as_deref().unwrap_or(&self.path)
    }
}

impl Sink for Folder {
    fn begin(&mut self, _: &Manifest) -> Result<()> {
        Ok(())
    }

    fn table(&mut self, manifest: &Manifest, table: usize) -> Result<()> {
        let name = file_name(manifest.source.engine, &manifest.tables[table].full_name(), 1);
        let path = self.folder().join(&name);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let file = file.map_err(|source| Error::io("write", &path, source))?;
        self.open = Some((path, name, file));
        Ok(())
    }

    fn lines(&mut self, lines: &[u8]) -> Result<()> {
        let Some((path, _, file)) = &mut self.open else { return Ok(()) };
        file.write_all(lines).map_err(|source| Error::io("write", path, source))
    }

    fn end_table(&mut self, _: Rows) -> Result<Vec<String>> {
        let Some((path, name, file)) = self.open.take() else { return Ok(Vec::new()) };
        file.sync_all().map_err(|source| Error::io("sync", &path, source))?;
        Ok(vec![name])
    }

    fn finish(&mut self, manifest: &Manifest) -> Result<()> {
        disk::write_private(&self.folder().join(manifest::FILE), &manifest.to_json())?;
        let Some(part) = self.part.take() else { return Ok(()) };
        let named = std::fs::rename(&part, &self.path);
        named.map_err(|source| {
            self.part = Some(part);
            Error::io("name the folder", &self.path, source)
        })
    }
}

impl Drop for Folder {
    /// What was not finished is no dump.
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            let _ = std::fs::remove_dir_all(part);
        }
    }
}

/// A dump that is being read.
pub(in crate::data) struct FolderFeed {
    path: PathBuf,
    manifest: Manifest,
    order: Vec<usize>,
    /// The next place in the order, and the next file of its table.
    table: usize,
    file: usize,
    begun: bool,
    open: Option<(PathBuf, File)>,
}

/// The manifest's bytes, up to one more than a manifest has: it is held whole.
fn read_manifest(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(manifest::LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl FolderFeed {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = path.join(manifest::FILE);
        let bytes = read_manifest(&file).map_err(|source| {
            let missing = source.kind() == Io::NotFound;
            let error = Error::io("read", &file, source);
            if missing {
                let whole = error
                    .of_kind(ErrorKind::Verification)
                    .context(format!("{} is no dump, or not a whole one", path.display()));
                return whole.hint("write one: mainstay data dump -o DIR");
            }
            error
        })?;
        let manifest = manifest::parse(&bytes, &file.display().to_string())?;
        if !manifest.complete {
            let message = format!("{} is not whole: its rows are not counted", path.display());
            return Err(Error::new(ErrorKind::Verification, message).hint("write it again: mainstay data dump -o DIR"));
        }
        // A file that is missing is told before the first row is loaded.
        for name in manifest.tables.iter().flat_map(|table| &table.files) {
            let file = path.join(name);
            let about = std::fs::symlink_metadata(&file).map_err(|source| {
                Error::io("read", &file, source)
                    .of_kind(ErrorKind::Verification)
                    .context("a file of the dump is missing")
            })?;
            // A link would lead out of the dump, and a device has no end.
            if !about.is_file() {
                let message = format!("{} is no plain file, as `data dump` writes them", file.display());
                return Err(Error::new(ErrorKind::Verification, message).hint("copy the dump whole, without links"));
            }
        }
        let order = (0..manifest.tables.len()).collect();
        Ok(Self { path: path.to_owned(), manifest, order, table: 0, file: 0, begun: false, open: None })
    }
}

impl Feed for FolderFeed {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn choose(&mut self, order: &[usize]) -> bool {
        self.order = order.to_vec();
        true
    }

    fn next(&mut self) -> Result<Option<Part>> {
        if let Some((path, file)) = &mut self.open {
            let mut piece = vec![0; PIECE];
            let read = file.read(&mut piece).map_err(|source| Error::io("read", path, source))?;
            if read > 0 {
                piece.truncate(read);
                return Ok(Some(Part::Bytes(piece)));
            }
            self.open = None;
        }
        let Some(at) = self.order.get(self.table).copied() else { return Ok(None) };
        if !self.begun {
            self.begun = true;
            return Ok(Some(Part::Table(at)));
        }
        let table = &self.manifest.tables[at];
        if let Some(name) = table.files.get(self.file) {
            self.file += 1;
            let path = self.path.join(name);
            let file = File::open(&path).map_err(|source| Error::io("read", &path, source))?;
            let shown: Arc<str> = path.display().to_string().into();
            self.open = Some((path, file));
            return Ok(Some(Part::File(shown)));
        }
        (self.table, self.file, self.begun) = (self.table + 1, 0, false);
        Ok(Some(Part::EndTable(table.rows)))
    }
}
