//! Where the bytes of a single file go.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::disk::{self, Part};
use crate::error::{Error, ErrorKind, Result, move_away};

/// Where bytes go.
pub(in crate::data) enum Out {
    /// A file, made beside the path that it gets once it is whole.
    File(Part, PathBuf),
    /// Somebody who reads them as they come.
    Stream(Box<dyn Write + Send>),
}

impl Out {
    /// A file that is not there yet.
    pub(in crate::data) fn create(path: PathBuf) -> Result<Self> {
        check_free(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let part = Part::beside(&path, &format!("{name}."))?;
        Ok(Self::File(part, path))
    }

    pub(in crate::data) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::File(part, _) => {
                part.file().write_all(bytes).map_err(|source| Error::io("write", part.path(), source))
            }
            Self::Stream(out) => out.write_all(bytes).map_err(unwritten),
        }
    }

    /// That was all: a file gets its name.
    pub(in crate::data) fn finish(&mut self) -> Result<()> {
        match self {
            Self::Stream(out) => out.flush().map_err(unwritten),
            Self::File(part, path) => {
                let named = disk::commit_new(part.path(), std::iter::once(path.clone()));
                named.map(drop).map_err(|error| check_free(path).err().unwrap_or(error))
            }
        }
    }
}

fn unwritten(source: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, "cannot write the dump").source(source)
}

/// Whether nothing is there that would be written over.
pub(in crate::data) fn check_free(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let message = format!("{} is there already", path.display());
    Err(Error::new(ErrorKind::Refused, message).hint(format!("name another one, or {}", move_away(path))))
}
