//! Reading an archive as it comes.

use std::io::Read;
use std::sync::Arc;

use super::{Feed, PIECE, Part, header};
use crate::archive::codec::{Codec, Decoder};
use crate::error::{Error, ErrorKind, Result};
use crate::portable::file_name;
use crate::portable::manifest::{self, Manifest};

/// Compressed bytes that are decoded at once: whatever they expand to is held.
const MORSEL: usize = 512;

/// An archive that is being read.
pub(in crate::data) struct ArchiveFeed {
    input: Box<dyn Read + Send>,
    /// What the archive is called.
    shown: String,
    decoder: Option<Decoder>,
    /// Bytes that were read and not decoded yet, from `decoded` on.
    packed: Vec<u8>,
    decoded: usize,
    /// Decoded bytes that were not used yet.
    ready: Vec<u8>,
    used: usize,
    manifest: Manifest,
    /// The table whose rows come, and what is to come of its open file: bytes, and those that fill it up.
    table: Option<usize>,
    left: u64,
    fill: u64,
    /// What is said next, before anything is read.
    next: Vec<Part>,
    ended: bool,
}

impl ArchiveFeed {
    pub(super) fn open(input: Box<dyn Read + Send>, shown: String) -> Result<Self> {
        let manifest = Manifest {
            format: manifest::FORMAT,
            id: String::new(),
            created: String::new(),
            tool: String::new(),
            source: manifest::Source {
                engine: manifest::Engine::Sqlite,
                database: String::new(),
                version: String::new(),
            },
            migration: None,
            seed: crate::archive::digest::Seed(0),
            complete: false,
            tables: Vec::new(),
            left_out: Vec::new(),
        };
        let mut feed = Self {
            input,
            shown,
            decoder: Some(Decoder::new(Codec::Zstd(3))?),
            packed: Vec::new(),
            decoded: 0,
            ready: Vec::new(),
            used: 0,
            manifest,
            table: None,
            left: 0,
            fill: 0,
            next: Vec::new(),
            ended: false,
        };
        feed.manifest = feed.first().map_err(|error| {
            let shown = &feed.shown;
            match error.kind() {
                ErrorKind::Unsupported | ErrorKind::Io => error,
                _ => error
                    .context(format!("{shown} is no archive of a dump"))
                    .hint("write one: mainstay data dump -o FILE.tar.zst"),
            }
        })?;
        Ok(feed)
    }

    /// The manifest at the beginning.
    fn first(&mut self) -> Result<Manifest> {
        match self.header()? {
            Some(found) if found.name == manifest::FILE => self.read_manifest(found.size),
            _ => Err(Error::new(ErrorKind::Verification, "it does not begin with a manifest")),
        }
    }

    fn read_manifest(&mut self, size: u64) -> Result<Manifest> {
        let size = usize::try_from(size).ok().filter(|_| size <= manifest::LARGEST);
        let size = size.ok_or_else(|| Error::new(ErrorKind::Verification, "the manifest is too large to be one"))?;
        let bytes = self.exactly(size)?;
        self.exactly(size.next_multiple_of(header::BLOCK) - size)?;
        manifest::parse(&bytes, &format!("{} in {}", manifest::FILE, self.shown))
    }

    /// The next file's header; `None` at the archive's end.
    fn header(&mut self) -> Result<Option<header::Header>> {
        loop {
            let block: [u8; header::BLOCK] = self.exactly(header::BLOCK)?.try_into().map_err(|_| self.cut_off())?;
            if block.iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            let found = header::read(&block).ok_or_else(|| {
                Error::new(ErrorKind::Verification, format!("{} is damaged: this is no tar archive", self.shown))
            })?;
            if found.is_file {
                return Ok(Some(found));
            }
            // A folder, or what other programs note of a file.
            let mut left = found.size.next_multiple_of(header::BLOCK as u64);
            while left > 0 {
                let some = left.min(PIECE as u64);
                self.exactly(usize::try_from(some).unwrap_or(PIECE))?;
                left -= some;
            }
        }
    }

    fn exactly(&mut self, count: usize) -> Result<Vec<u8>> {
        while self.ready.len() - self.used < count {
            if !self.decode()? {
                return Err(self.cut_off());
            }
        }
        let bytes = self.ready[self.used..self.used + count].to_vec();
        self.used += count;
        Ok(bytes)
    }

    /// Makes more bytes ready; `false` at the end.
    fn decode(&mut self) -> Result<bool> {
        self.ready.drain(..self.used);
        self.used = 0;
        let damaged = |error: Error| error.context(format!("{} is damaged", self.shown));
        if self.decoded == self.packed.len() {
            self.packed.resize(PIECE / 4, 0);
            let read = self.input.read(&mut self.packed);
            let read =
                read.map_err(|source| Error::new(ErrorKind::Io, format!("cannot read {}", self.shown)).source(source))?;
            self.packed.truncate(read);
            self.decoded = 0;
        }
        if self.packed.is_empty() {
            self.decoder.take().map_or(Ok(()), Decoder::finish).map_err(damaged)?;
            return Ok(false);
        }
        let Some(decoder) = &mut self.decoder else { return Ok(false) };
        let ready = &mut self.ready;
        for morsel in self.packed[self.decoded..].chunks(MORSEL) {
            self.decoded += morsel.len();
            let pushed = decoder.push(morsel, &mut |piece| {
                ready.extend_from_slice(piece);
                Ok(())
            });
            pushed.map_err(damaged)?;
            if ready.len() >= PIECE {
                break;
            }
        }
        Ok(true)
    }

    fn cut_off(&self) -> Error {
        Error::new(ErrorKind::Verification, format!("{} ends before the dump does", self.shown))
            .hint("write or fetch it again: a dump that was not finished is none")
    }

    /// The parts that a file of rows begins with.
    fn open_file(&mut self, found: &header::Header) -> Result<()> {
        let (name, engine) = (found.name.as_str(), self.manifest.source.engine);
        let of_table = |table: &manifest::Table| {
            let first = file_name(engine, &table.full_name(), 1);
            let part = name.strip_prefix(first.trim_end_matches("jsonl").trim_end_matches('.'));
            name == first || part.is_some_and(|part| part.starts_with('+'))
        };
        let table = self.manifest.tables.iter().position(of_table);
        let Some(table) = table else {
            let message = format!("{} has a file {name:?}, which is of no table in its manifest", self.shown);
            return Err(Error::new(ErrorKind::Verification, message));
        };
        if self.table != Some(table) {
            if self.table.is_some() {
                self.next.push(Part::EndTable(None));
            }
            self.next.push(Part::Table(table));
            self.table = Some(table);
        }
        let shown: Arc<str> = format!("{}:{name}", self.shown).into();
        self.next.push(Part::File(shown));
        (self.left, self.fill) = (found.size, found.size.next_multiple_of(header::BLOCK as u64) - found.size);
        Ok(())
    }

    /// The manifest with the counts, and nothing after it.
    fn finish(&mut self, size: u64) -> Result<()> {
        if self.table.take().is_some() {
            self.next.push(Part::EndTable(None));
        }
        let manifest = self.read_manifest(size)?;
        if !manifest.complete || manifest.id != self.manifest.id {
            let message = format!("{} ends with the manifest of another dump", self.shown);
            return Err(Error::new(ErrorKind::Verification, message));
        }
        // To the end: the checksum of what was compressed stands there.
        while self.decode()? {
            self.used = self.ready.len();
        }
        self.ended = true;
        self.next.push(Part::Complete(Box::new(manifest)));
        Ok(())
    }
}

impl Feed for ArchiveFeed {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn choose(&mut self, _: &[usize]) -> bool {
        false
    }

    fn next(&mut self) -> Result<Option<Part>> {
        loop {
            if !self.next.is_empty() {
                return Ok(Some(self.next.remove(0)));
            }
            if self.ended {
                return Ok(None);
            }
            if self.left > 0 {
                if self.used == self.ready.len() && !self.decode()? {
                    return Err(self.cut_off());
                }
                let there = (self.ready.len() - self.used) as u64;
                let take = usize::try_from(there.min(self.left)).unwrap_or(PIECE);
                if take == 0 {
                    continue;
                }
                let bytes = self.exactly(take)?;
                self.left -= take as u64;
                return Ok(Some(Part::Bytes(bytes)));
            }
            let fill = usize::try_from(std::mem::take(&mut self.fill)).unwrap_or_default();
            self.exactly(fill)?;
            match self.header()? {
                None => return Err(self.cut_off()),
                Some(found) if found.name == manifest::FILE => self.finish(found.size)?,
                Some(found) => self.open_file(&found)?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::codec::Encoder;

    #[test]
    fn what_expands_to_much_comes_in_small_parts() {
        const HUGE: usize = 300 * 1024 * 1024;
        let text = include_str!("../../portable/manifest/fixtures/version_1.json");
        let mut encoder = Encoder::new(Codec::Zstd(3));
        let mut packed = Vec::new();
        let mut push = |bytes: &[u8]| {
            encoder.push(bytes, &mut |piece| {
                packed.extend_from_slice(piece);
                Ok(())
            })
        };
        push(&header::write(manifest::FILE, text.len() as u64)).unwrap();
        push(text.as_bytes()).unwrap();
        push(&vec![0; text.len().next_multiple_of(header::BLOCK) - text.len()]).unwrap();
        push(&header::write("host.jsonl", HUGE as u64)).unwrap();
        for _ in 0..300 {
            push(&vec![b'x'; HUGE / 300]).unwrap();
        }
        let rest = &mut packed;
        encoder
            .finish(&mut |piece| {
                rest.extend_from_slice(piece);
                Ok(())
            })
            .unwrap();
        assert!(packed.len() < 256 * 1024, "{}", packed.len());

        let mut feed = ArchiveFeed::open(Box::new(std::io::Cursor::new(packed)), "it".to_owned()).unwrap();
        let (mut all, mut largest) = (0, 0);
        while all < HUGE {
            if let Some(Part::Bytes(bytes)) = feed.next().unwrap() {
                (all, largest) = (all + bytes.len(), largest.max(bytes.len()));
            }
        }
        assert!(largest < 32 * 1024 * 1024, "{largest}");
    }
}
