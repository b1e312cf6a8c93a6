//! A tar archive, compressed with zstd. Rows are in files of at most a few megabytes, since a file's size stands before it; the
//! manifest comes first, and once more with the counts at the end, so that unpacking leaves a folder that is a dump.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Sink, header};
use crate::archive::codec::{Codec, Encoder};
use crate::archive::digest::Rows;
use crate::catalog::Name;
use crate::disk::{self, Part};
use crate::error::{Error, ErrorKind, Result};
use crate::portable::file_name;
use crate::portable::manifest::{self, Manifest};

/// Bytes of rows in one file of the archive: what is held in memory.
const FILE: usize = 8 * 1024 * 1024;

const CODEC: Codec = Codec::Zstd(3);

/// The archive as it is written.
pub(in crate::data) struct Archive {
    out: Out,
    encoder: Option<Encoder>,
    /// The table's lines that are in no file yet, its name, and the files written of it.
    lines: Vec<u8>,
    table: Name,
    files: Vec<String>,
}

pub(super) fn check_free(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let message = format!("{} is there already", path.display());
    Err(Error::new(ErrorKind::Refused, message)
        .hint(format!("name another one, or move it away first: mv {0} {0}.old", path.display())))
}

/// Where its bytes go.
enum Out {
    /// A file, made beside the path that it gets once it is whole.
    File(Part, PathBuf),
    /// Somebody who reads them as they come.
    Stream(Box<dyn Write + Send>),
}

impl Out {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::File(part, _) => {
                part.file().write_all(bytes).map_err(|source| Error::io("write", part.path(), source))
            }
            Self::Stream(out) => out.write_all(bytes).map_err(unwritten),
        }
    }
}

fn unwritten(source: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, "cannot write the dump").source(source)
}

impl Archive {
    pub(super) fn begin(path: PathBuf) -> Result<Self> {
        check_free(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let part = Part::beside(&path, &format!("{name}."))?;
        Ok(Self::new(Out::File(part, path)))
    }

    pub(super) fn stream(out: Box<dyn Write + Send>) -> Self {
        Self::new(Out::Stream(out))
    }

    fn new(out: Out) -> Self {
        Self { out, encoder: Some(Encoder::new(CODEC)), lines: Vec::new(), table: Name::default(), files: Vec::new() }
    }

    /// Writes a whole file.
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let fill = bytes.len().next_multiple_of(header::BLOCK) - bytes.len();
        self.push(&header::write(name, bytes.len() as u64))?;
        self.push(bytes)?;
        self.push(&[0; header::BLOCK][..fill])
    }

    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        let out = &mut self.out;
        match &mut self.encoder {
            Some(encoder) => encoder.push(bytes, &mut |piece| out.write(piece)),
            None => Ok(()),
        }
    }

    fn put_lines(&mut self) -> Result<()> {
        let name = file_name(&self.table, self.files.len() + 1);
        if name.len() > 100 {
            let message = format!("the name of {} is too long for a file of a tar archive", self.table);
            return Err(Error::new(ErrorKind::Unsupported, message).hint("dump to a folder: mainstay data dump -o DIR"));
        }
        let lines = std::mem::take(&mut self.lines);
        self.put(&name, &lines)?;
        self.files.push(name);
        self.lines = lines;
        self.lines.clear();
        Ok(())
    }
}

impl Sink for Archive {
    fn begin(&mut self, manifest: &Manifest) -> Result<()> {
        self.put(manifest::FILE, manifest.to_json().as_bytes())
    }

    fn table(&mut self, manifest: &Manifest, table: usize) -> Result<()> {
        self.table = manifest.tables[table].full_name();
        Ok(())
    }

    fn lines(&mut self, lines: &[u8]) -> Result<()> {
        if self.lines.len() + lines.len() > FILE && !self.lines.is_empty() {
            self.put_lines()?;
        }
        self.lines.extend_from_slice(lines);
        Ok(())
    }

    fn end_table(&mut self, _: Rows) -> Result<Vec<String>> {
        // Every table has a file, so that a stream says which one comes.
        if !self.lines.is_empty() || self.files.is_empty() {
            self.put_lines()?;
        }
        Ok(std::mem::take(&mut self.files))
    }

    fn finish(&mut self, manifest: &Manifest) -> Result<()> {
        self.put(manifest::FILE, manifest.to_json().as_bytes())?;
        self.push(&[0; 2 * header::BLOCK])?;
        let out = &mut self.out;
        if let Some(encoder) = self.encoder.take() {
            encoder.finish(&mut |piece| out.write(piece))?;
        }
        match out {
            Out::Stream(out) => out.flush().map_err(unwritten),
            Out::File(part, path) => {
                let named = disk::commit_new(part.path(), std::iter::once(path.clone()));
                named.map(drop).map_err(|error| check_free(path).err().unwrap_or(error))
            }
        }
    }
}
