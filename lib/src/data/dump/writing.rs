//! Rows on their way out: written down in a form, handed on in pieces.

use std::sync::Arc;

use super::{Draft, Read};
use crate::archive::digest::Rows;
use crate::data::places::Sink;
use crate::error::{Error, ErrorKind, Result};
use crate::observer::{Event, Observer};
use crate::portable::json::Lines;
use crate::portable::manifest::Manifest;
use crate::portable::{Refusal, Value};

/// Bytes that are handed on at once.
pub(in crate::data) const PIECE: usize = 256 * 1024;

/// Writes a dump, row by row, on a thread that may block.
pub(in crate::data) struct Writing {
    form: Box<dyn Form>,
    manifest: Manifest,
    reads: Vec<Read>,
    observer: Arc<dyn Observer>,
    /// The table that is read, by its place in the manifest.
    table: Option<usize>,
    done: u64,
}

/// How rows are written down.
pub(in crate::data) trait Form: Send {
    /// What will come; the rows are not counted yet.
    fn begin(&mut self, manifest: &Manifest) -> Result<()>;
    /// The rows of the table at this place in the manifest begin.
    fn table(&mut self, manifest: &Manifest, table: usize) -> Result<()>;
    /// The next value of a row.
    fn value(&mut self, value: &Value<'_>);
    /// The end of the row, unless one of its values cannot be written down.
    fn end_row(&mut self) -> Result<(), Refusal>;
    /// Hands on what lies ready if it is much; whether it was.
    fn hand_on(&mut self) -> Result<bool>;
    /// The rows of the table so far.
    fn rows(&self) -> Rows;
    /// That were all rows of the table; the files in which they are.
    fn end_table(&mut self) -> Result<Vec<String>>;
    /// All tables are there: the dump counts from now on.
    fn finish(&mut self, manifest: &Manifest) -> Result<()>;
}

impl Writing {
    /// Begins the dump that `draft` describes.
    pub(in crate::data) fn begin(mut form: Box<dyn Form>, draft: Draft, observer: Arc<dyn Observer>) -> Result<Self> {
        let Draft { manifest, reads, .. } = draft;
        form.begin(&manifest)?;
        Ok(Self { form, manifest, reads, observer, table: None, done: 0 })
    }

    pub(in crate::data) fn reads(&self) -> &[Read] {
        &self.reads
    }

    pub(in crate::data) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The rows that are read at this place begin.
    pub(in crate::data) fn table(&mut self, read: usize) -> Result<()> {
        let table = self.reads[read].table;
        self.table = Some(table);
        self.form.table(&self.manifest, table)
    }

    /// The table's next row, its values one after the other.
    pub(in crate::data) fn row(
        &mut self,
        fill: impl FnOnce(&mut dyn FnMut(&Value<'_>)) -> Result<(), Refusal>,
    ) -> Result<()> {
        let form = &mut self.form;
        let filled = fill(&mut |value| form.value(value)).and_then(|()| form.end_row());
        if let Err(refusal) = filled {
            let row = self.form.rows().count + 1;
            return Err(self.refused(&refusal, row));
        }
        if self.form.hand_on()? {
            let done = self.done + self.form.rows().count;
            self.observer.event(Event::Progress { what: "write rows", done, total: None });
        }
        Ok(())
    }

    fn refused(&self, refusal: &Refusal, row: u64) -> Error {
        let Some(table) = self.table.map(|table| &self.manifest.tables[table]) else {
            return Error::new(ErrorKind::Refused, refusal.reason.clone());
        };
        let read = self.reads.iter().find(|read| Some(read.table) == self.table);
        let column = read.and_then(|read| read.columns.get(refusal.column)).map_or("", |(name, _)| name);
        let message =
            format!("{}, column `{column}`, row {row} as they are read: {}", table.full_name(), refusal.reason);
        Error::new(ErrorKind::Refused, message)
            .hint("correct the value, or leave the table out by naming the others: mainstay data dump TABLES")
    }

    /// That were all rows of the table.
    pub(in crate::data) fn end_table(&mut self) -> Result<()> {
        let Some(table) = self.table.take() else { return Ok(()) };
        let rows = self.form.rows();
        let files = self.form.end_table()?;
        let table = &mut self.manifest.tables[table];
        (table.rows, table.files) = (Some(rows), files);
        self.done += rows.count;
        Ok(())
    }

    /// That were all tables; the manifest as it is stored.
    pub(in crate::data) fn finish(mut self) -> Result<Manifest> {
        self.manifest.complete = true;
        self.form.finish(&self.manifest)?;
        Ok(self.manifest)
    }
}

/// The own form: lines, digested.
pub(in crate::data) struct AsLines {
    sink: Box<dyn Sink>,
    lines: Option<Lines>,
}

impl AsLines {
    pub(in crate::data) fn to(sink: Box<dyn Sink>) -> Self {
        Self { sink, lines: None }
    }
}

impl Form for AsLines {
    fn begin(&mut self, manifest: &Manifest) -> Result<()> {
        self.sink.begin(manifest)
    }

    fn table(&mut self, manifest: &Manifest, table: usize) -> Result<()> {
        let columns = manifest.tables[table].columns.iter().map(|column| (column.name.as_str(), column.kind));
        self.lines = Some(Lines::new(columns, manifest.seed));
        self.sink.table(manifest, table)
    }

    fn value(&mut self, value: &Value<'_>) {
        if let Some(lines) = &mut self.lines {
            lines.value(value);
        }
    }

    fn end_row(&mut self) -> Result<(), Refusal> {
        if let Some(lines) = &mut self.lines {
            lines.end();
        }
        Ok(())
    }

    fn hand_on(&mut self) -> Result<bool> {
        let Some(lines) = self.lines.as_mut().filter(|lines| lines.ready().len() >= PIECE) else { return Ok(false) };
        self.sink.lines(lines.ready())?;
        lines.clear();
        Ok(true)
    }

    fn rows(&self) -> Rows {
        self.lines.as_ref().map(Lines::rows).unwrap_or_default()
    }

    fn end_table(&mut self) -> Result<Vec<String>> {
        let Some(lines) = self.lines.take() else { return Ok(Vec::new()) };
        if !lines.ready().is_empty() {
            self.sink.lines(lines.ready())?;
        }
        self.sink.end_table(lines.rows())
    }

    fn finish(&mut self, manifest: &Manifest) -> Result<()> {
        self.sink.finish(manifest)
    }
}
