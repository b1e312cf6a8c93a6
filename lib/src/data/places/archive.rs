//! A tar archive, compressed with zstd. Rows are in files of at most a few megabytes, since a file's size stands before it; the
//! manifest comes first, and once more with the counts at the end, so that unpacking leaves a folder that is a dump.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Sink, header};
use crate::archive::codec::{Codec, Encoder};
use crate::archive::digest::Rows;
use crate::catalog::Name;
use crate::disk;
use crate::error::{Error, ErrorKind, Result};
use crate::portable::file_name;
use crate::portable::manifest::{self, Manifest};

/// Bytes of rows in one file of the archive: what is held in memory.
const FILE: usize = 8 * 1024 * 1024;

const CODEC: Codec = Codec::Zstd(3);

/// The archive as it is written.
pub(in crate::data) struct Archive {
    out: Box<dyn Write + Send>,
    /// The file that it becomes, and where it is made.
    file: Option<(PathBuf, PathBuf)>,
    finished: bool,
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

impl Archive {
    pub(super) fn begin(path: PathBuf) -> Result<Self> {
        check_free(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let part = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part);
        let file = file.map_err(|source| Error::io("write", &part, source))?;
        Ok(Self::new(Box::new(file), Some((path, part))))
    }

    pub(super) fn stream(out: Box<dyn Write + Send>) -> Self {
        Self::new(out, None)
    }

    fn new(out: Box<dyn Write + Send>, file: Option<(PathBuf, PathBuf)>) -> Self {
        Self {
            out,
            file,
            finished: false,
            encoder: Some(Encoder::new(CODEC)),
            lines: Vec::new(),
            table: Name::default(),
            files: Vec::new(),
        }
    }

    /// Writes a whole file.
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let fill = bytes.len().next_multiple_of(header::BLOCK) - bytes.len();
        self.push(&header::write(name, bytes.len() as u64))?;
        self.push(bytes)?;
        self.push(&[0; header::BLOCK][..fill])
    }

    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        let (out, file) = (&mut self.out, &self.file);
        match &mut self.encoder {
            Some(encoder) => encoder.push(bytes, &mut |piece| written(out.write_all(piece), file)),
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

fn written(outcome: std::io::Result<()>, file: &Option<(PathBuf, PathBuf)>) -> Result<()> {
    outcome.map_err(|source| match file {
        Some((_, part)) => Error::io("write", part, source),
        None => Error::new(ErrorKind::Io, "cannot write the dump").source(source),
    })
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
        let (out, file) = (&mut self.out, &self.file);
        if let Some(encoder) = self.encoder.take() {
            encoder.finish(&mut |piece| written(out.write_all(piece), file))?;
        }
        written(out.flush(), file)?;
        if let Some((path, part)) = &self.file {
            disk::commit_new(part, std::iter::once(path.clone())).map_err(|error| match check_free(path) {
                Err(taken) => taken,
                Ok(()) => error,
            })?;
        }
        self.finished = true;
        Ok(())
    }
}

impl Drop for Archive {
    /// What was not finished is no dump.
    fn drop(&mut self) {
        if let (Some((_, part)), false) = (&self.file, self.finished) {
            let _ = std::fs::remove_file(part);
        }
    }
}
