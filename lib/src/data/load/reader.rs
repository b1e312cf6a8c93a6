//! A dump as rows: every line decoded, every table's digest compared.

use std::sync::Arc;

use super::incoming::Incoming;
use crate::archive::digest::Rows;
use crate::data::places::{Feed, Part};
use crate::error::{self, Error, ErrorKind, Result};
use crate::portable::json::Line;
use crate::portable::manifest::Manifest;
use crate::portable::{Refusal, RowDigest, Value};

/// Characters of a line that are shown.
const SHOWN: usize = 200;

/// Bytes of a line: what PostgreSQL takes for a row of COPY, and more than SQLite does. A line is held whole.
const LONGEST: usize = 1024 * 1024 * 1024;

/// Where a row stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::data) struct Place {
    pub(in crate::data) file: Arc<str>,
    pub(in crate::data) line: u64,
}

/// Why a row was not taken.
pub(in crate::data) enum Stop {
    /// A column cannot hold its value.
    Refused(Refusal),
    /// Something else about this row.
    Row(Error),
    /// Nothing about this row.
    Error(Error),
}

/// Takes a row: its values, and where it stands.
pub(in crate::data) type Take<'t> = &'t mut dyn FnMut(&[Value<'_>], &Place) -> Result<(), Stop>;

/// Reads the rows of a dump.
pub(in crate::data) struct Reader {
    feed: Box<dyn Feed>,
    manifest: Manifest,
    /// The table whose rows come, and the names of its columns.
    table: Option<usize>,
    columns: Vec<String>,
    digest: Option<RowDigest>,
    /// What was read of each table.
    totals: Vec<Option<Rows>>,
    /// Bytes that are read and not used, from `used` on; up to `searched` there is no end of a line.
    bytes: Vec<u8>,
    used: usize,
    searched: usize,
    /// Bytes that a line has at most.
    longest: usize,
    place: Place,
    /// A part that was read too early.
    early: Option<Part>,
}

impl Reader {
    pub(in crate::data) fn new(feed: Box<dyn Feed>) -> Self {
        let manifest = feed.manifest().clone();
        let totals = vec![None; manifest.tables.len()];
        let place = Place { file: "".into(), line: 0 };
        Self {
            feed,
            manifest,
            table: None,
            columns: Vec::new(),
            digest: None,
            totals,
            bytes: Vec::new(),
            used: 0,
            searched: 0,
            longest: LONGEST,
            place,
            early: None,
        }
    }

    fn part(&mut self) -> Result<Option<Part>> {
        match self.early.take() {
            Some(part) => Ok(Some(part)),
            None => self.feed.next(),
        }
    }

    /// The whole lines that lie ready, up to `limit`.
    fn lines(&mut self, limit: u64, take: Take<'_>) -> Result<u64> {
        let bytes = std::mem::take(&mut self.bytes);
        let (mut used, mut given) = (self.used, 0);
        let mut values = Vec::with_capacity(self.columns.len());
        let mut outcome = Ok(());
        while given < limit && outcome.is_ok() {
            let from = used.max(self.searched);
            let Some(end) = memchr::memchr(b'\n', &bytes[from..]) else {
                self.searched = bytes.len();
                break;
            };
            let line = &bytes[used..from + end];
            used = from + end + 1;
            self.place.line += 1;
            outcome = self.line(line, &mut values, take);
            given += 1;
        }
        drop(values);
        (self.bytes, self.used) = (bytes, used);
        outcome.map(|()| given)
    }

    fn line<'l>(&mut self, line: &'l [u8], values: &mut Vec<Value<'l>>, take: Take<'_>) -> Result<()> {
        if let Err(damage) = Line::read(line, &self.columns, values) {
            let message = format!("a row of {} is damaged: {}", self.name(), damage.reason);
            return Err(Error::new(ErrorKind::Verification, message).at(self.at(line, damage.at)));
        }
        if let Some(digest) = &mut self.digest {
            values.iter().for_each(|value| digest.value(value));
            digest.end();
        }
        match take(values, &self.place) {
            Ok(()) => Ok(()),
            Err(Stop::Refused(refusal)) => {
                let column = self.columns.get(refusal.column).map_or("", String::as_str);
                let message = format!("{}, column `{column}`: {}", self.name(), refusal.reason);
                Err(Error::new(ErrorKind::Refused, message).at(self.at(line, 0)))
            }
            Err(Stop::Row(error)) => {
                Err(error.context(format!("a row of {} cannot be loaded", self.name())).at(self.at(line, 0)))
            }
            Err(Stop::Error(error)) => Err(error),
        }
    }

    /// Reads on until there is more, or the table has ended.
    fn more(&mut self) -> Result<()> {
        match self.part()? {
            Some(Part::Bytes(piece)) => {
                self.bytes.drain(..self.used);
                self.searched = self.searched.saturating_sub(self.used);
                self.used = 0;
                if self.bytes.len() > self.longest {
                    return Err(self.too_long());
                }
                if self.bytes.is_empty() {
                    self.bytes = piece
                } else {
                    self.bytes.extend_from_slice(&piece)
                }
                Ok(())
            }
            Some(Part::File(file)) => {
                self.check_ended()?;
                self.place = Place { file, line: 0 };
                Ok(())
            }
            Some(Part::EndTable(rows)) => {
                self.check_ended()?;
                self.end_table(rows)
            }
            Some(other) => {
                self.early = Some(other);
                self.check_ended()?;
                self.end_table(None)
            }
            None => {
                let message = format!("the dump ends within the rows of {}", self.name());
                Err(Error::new(ErrorKind::Verification, message))
            }
        }
    }

    fn too_long(&mut self) -> Error {
        self.place.line += 1;
        let message = format!("a row of {} is longer than {} bytes", self.name(), self.longest);
        Error::new(ErrorKind::Verification, message)
            .at(self.at(&self.bytes[..SHOWN.min(self.bytes.len())], 0))
            .hint("no database takes so long a row; write the dump again: mainstay data dump -o DIR")
    }

    /// A file ends with the end of a line.
    fn check_ended(&mut self) -> Result<()> {
        if self.used == self.bytes.len() {
            return Ok(());
        }
        self.place.line += 1;
        let line = &self.bytes[self.used..];
        let message = format!("a row of {} is cut off: the line has no end", self.name());
        Err(Error::new(ErrorKind::Verification, message).at(self.at(line, line.len())))
    }

    fn end_table(&mut self, said: Option<Rows>) -> Result<()> {
        let (Some(table), Some(digest)) = (self.table.take(), self.digest.take()) else { return Ok(()) };
        self.totals[table] = Some(digest.total());
        self.compare(table, said)
    }

    fn compare(&self, table: usize, said: Option<Rows>) -> Result<()> {
        let (Some(said), Some(read)) = (said, self.totals[table]) else { return Ok(()) };
        if said == read {
            return Ok(());
        }
        let name = self.manifest.tables[table].full_name();
        let message = if said.count == read.count {
            format!("the rows of {name} are not those that were dumped: their digest is another one")
        } else {
            format!("the dump has {} rows of {name}, and its manifest says {}", read.count, said.count)
        };
        Err(Error::new(ErrorKind::Verification, message)
            .hint("a dump is loaded as it was written or not at all; write it again: mainstay data dump -o DIR"))
    }

    fn name(&self) -> crate::catalog::Name {
        self.table.map(|table| self.manifest.tables[table].full_name()).unwrap_or_default()
    }

    /// The place of the byte `at` of `line`, which may be long.
    fn at(&self, line: &[u8], at: usize) -> error::Place {
        let text = String::from_utf8_lossy(line);
        let before = String::from_utf8_lossy(&line[..at.min(line.len())]).chars().count();
        let text = if before < SHOWN { text.chars().take(SHOWN).collect() } else { String::new() };
        error::Place {
            file: self.place.file.to_string(),
            line: usize::try_from(self.place.line).unwrap_or(usize::MAX),
            column: before + 1,
            text,
        }
    }
}

impl Incoming for Reader {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn choose(&mut self, order: &[usize]) -> bool {
        self.feed.choose(order)
    }

    fn next_table(&mut self) -> Result<Option<usize>> {
        loop {
            match self.part()? {
                Some(Part::Table(table)) => {
                    let columns = &self.manifest.tables[table].columns;
                    self.columns = columns.iter().map(|column| column.name.clone()).collect();
                    let kinds = columns.iter().map(|column| column.kind).collect();
                    self.digest = Some(RowDigest::new(self.manifest.seed, kinds));
                    self.table = Some(table);
                    (self.bytes, self.used, self.searched) = (Vec::new(), 0, 0);
                    return Ok(Some(table));
                }
                Some(Part::Bytes(_) | Part::File(_) | Part::EndTable(_)) => {}
                Some(complete @ Part::Complete(_)) => {
                    self.early = Some(complete);
                    return Ok(None);
                }
                None => return Ok(None),
            }
        }
    }

    fn rows(&mut self, limit: u64, take: Take<'_>) -> Result<u64> {
        let mut given = 0;
        while self.table.is_some() && given < limit {
            given += self.lines(limit - given, take)?;
            if given == limit {
                break;
            }
            self.more()?;
        }
        Ok(given)
    }

    fn finish(&mut self) -> Result<()> {
        while self.next_table()?.is_some() {
            self.rows(u64::MAX, &mut |_, _| Ok(()))?;
        }
        if let Some(Part::Complete(manifest)) = self.part()? {
            for (at, table) in manifest.tables.iter().enumerate().take(self.totals.len()) {
                if self.totals[at].is_none() && table.rows.is_some() {
                    let message = format!("the rows of {} are missing", table.full_name());
                    return Err(Error::new(ErrorKind::Verification, message));
                }
                self.compare(at, table.rows)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::portable::manifest::{FILE, parse};

    /// The table `host` with one row without an end, in pieces.
    struct Endless {
        manifest: Manifest,
        pieces: usize,
        size: usize,
        begun: bool,
    }

    impl Feed for Endless {
        fn manifest(&self) -> &Manifest {
            &self.manifest
        }

        fn choose(&mut self, _: &[usize]) -> bool {
            false
        }

        fn next(&mut self) -> Result<Option<Part>> {
            if !std::mem::replace(&mut self.begun, true) {
                return Ok(Some(Part::Table(0)));
            }
            let Some(left) = self.pieces.checked_sub(1) else { return Ok(None) };
            self.pieces = left;
            Ok(Some(Part::Bytes(vec![b'x'; self.size])))
        }
    }

    fn read(pieces: usize, size: usize, longest: usize) -> Error {
        let text = include_str!("../../portable/manifest/fixtures/version_1.json");
        let manifest = parse(text.as_bytes(), FILE).unwrap();
        let mut reader = Reader::new(Box::new(Endless { manifest, pieces, size, begun: false }));
        reader.longest = longest;
        assert_eq!(reader.next_table().unwrap(), Some(0));
        reader.rows(u64::MAX, &mut |_, _| Ok(())).unwrap_err()
    }

    #[test]
    fn a_line_has_a_greatest_length() {
        let error = read(1000, 100, 1000);
        assert!(error.message().contains("a row of public.host is longer than 1000 bytes"), "{error:?}");
        assert_eq!(error.place().map(|place| (place.line, place.text.len())), Some((1, SHOWN)));
    }

    #[test]
    fn a_line_without_end_is_searched_once() {
        let begun = Instant::now();
        let error = read(32 * 1024, 4096, LONGEST);
        assert!(error.message().contains("the dump ends within the rows of public.host"), "{error:?}");
        // From its beginning for each piece, that would be two million million bytes.
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }
}
