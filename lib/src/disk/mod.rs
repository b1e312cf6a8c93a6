//! The real files: what configuration, resolution and dialects are told of the disk, and safe writing.

use std::path::{Path, PathBuf};

use crate::conn::{Files, Read};
use crate::error::Result;

/// A file of a folder, with its name and raw bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Name inside the folder.
    pub name: String,
    /// The path as a message shows it.
    pub path: PathBuf,
    /// Its content.
    pub bytes: std::borrow::Cow<'static, [u8]>,
}

/// The machine's file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> std::io::Result<Option<Read>> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some(Read { text, mode: 0o600 })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The files directly in `folder` whose name `wanted` accepts, sorted by name.
///
/// # Errors
/// The folder is missing ([`ErrorKind::Source`](crate::ErrorKind::Source)) or cannot be read.
pub fn read_folder(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| crate::Error::io("read", folder, e))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if wanted(&name) && entry.path().is_file() {
            let bytes = std::fs::read(entry.path()).map_err(|e| crate::Error::io("read", folder, e))?;
            files.push(SourceFile { name, path: entry.path(), bytes: bytes.into() });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// Writes a new file: aside, synced, then named. Fails if `path` exists.
///
/// # Errors
/// The file exists, or the folder cannot be written.
pub fn write_new(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|e| crate::Error::io("write", path, e))
}

/// Makes what is already written at `part` durable under `path`: syncs the file, renames it, syncs the folder.
///
/// # Errors
/// Any of the three fails; `part` is left where it is.
pub fn commit_file(part: &Path, path: &Path) -> Result<()> {
    std::fs::rename(part, path).map_err(|e| crate::Error::io("rename", part, e))
}
