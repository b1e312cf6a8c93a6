//! A file that is read piece by piece, without holding up anybody else.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::store::Source;

/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;

/// A file, or a part of one, that is being read.
pub(super) struct FileSource {
    path: PathBuf,
    /// Away while another thread reads.
    file: Option<File>,
}

impl FileSource {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::io("read", path, error))?;
        Ok(Self { path: path.to_owned(), file: Some(file) })
    }

    /// What is open already: standard input.
    pub(super) fn of(file: File, name: &str) -> Self {
        Self { path: name.into(), file: Some(file) }
    }

    fn gone(&self) -> Error {
        Error::new(ErrorKind::Io, format!("reading {} was given up", self.path.display()))
    }
}

#[async_trait::async_trait]
impl Source for FileSource {
    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let mut file = self.file.take().ok_or_else(|| self.gone())?;
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; PIECE];
            let read = file.read(&mut piece);
            (
                file,
                read.map(|length| {
                    piece.truncate(length);
                    piece
                }),
            )
        });
        let (file, read) = read.await.map_err(|error| self.gone().source(error))?;
        self.file = Some(file);
        let piece = read.map_err(|error| Error::io("read", &self.path, error))?;
        Ok((!piece.is_empty()).then_some(piece))
    }
}
