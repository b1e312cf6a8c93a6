//! A tar archive, compressed with zstd. Rows are in files of at most a few megabytes, since a file's size stands before it; the
//! manifest comes first, and once more with the counts at the end, so that unpacking leaves a folder that is a dump.

use std::io::Write;
use std::path::PathBuf;

use super::out::Out;
use super::{Sink, header};
use crate::archive::codec::{Codec, Encoder};
use crate::archive::digest::Rows;
use crate::catalog::Name;
use crate::error::{Error, ErrorKind, Result};
use crate::portable::file_name;
use crate::portable::manifest::{self, Engine, Manifest};

/// Bytes of rows in one file of the archive: what is held in memory.
const FILE: usize = 8 * 1024 * 1024;

const CODEC: Codec = Codec::Zstd(3);

/// The archive as it is written.
pub(in crate::data) struct Archive {
    out: Out,
    encoder: Option<Encoder>,
    /// The table's lines that are in no file yet, its engine and name, and the files written of it.
    lines: Vec<u8>,
    engine: Engine,
    table: Name,
    files: Vec<String>,
}

impl Archive {
    pub(super) fn begin(path: PathBuf) -> Result<Self> {
        Ok(Self::new(Out::create(path)?))
    }

    pub(super) fn stream(out: Box<dyn Write + Send>) -> Self {
        Self::new(Out::Stream(out))
    }

    fn new(out: Out) -> Self {
        Self {
            out,
            encoder: Some(Encoder::new(CODEC)),
            lines: Vec::new(),
            engine: Engine::Postgres,
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
        let out = &mut self.out;
        match &mut self.encoder {
            Some(encoder) => encoder.push(bytes, &mut |piece| out.write(piece)),
            None => Ok(()),
        }
    }

    fn put_lines(&mut self) -> Result<()> {
        let name = file_name(self.engine, &self.table, self.files.len() + 1);
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
        (self.engine, self.table) = (manifest.source.engine, manifest.tables[table].full_name());
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
        self.out.finish()
    }
}
