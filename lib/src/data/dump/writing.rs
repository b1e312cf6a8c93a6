//! Rows on their way out: made lines of, digested, handed on in pieces.

use std::sync::Arc;

use crate::data::places::Sink;
use crate::error::{Error, ErrorKind, Result};
use crate::observer::{Event, Observer};
use crate::portable::json::Lines;
use crate::portable::manifest::Manifest;
use crate::portable::{Refusal, Value};

/// Bytes of lines that are handed on at once.
const PIECE: usize = 256 * 1024;

/// Writes a dump, row by row, on a thread that may block.
pub(in crate::data) struct Writing {
    sink: Box<dyn Sink>,
    manifest: Manifest,
    observer: Arc<dyn Observer>,
    table: usize,
    lines: Option<Lines>,
    done: u64,
}

impl Writing {
    /// Begins the dump that `manifest` describes.
    pub(in crate::data) fn begin(
        mut sink: Box<dyn Sink>,
        manifest: Manifest,
        observer: Arc<dyn Observer>,
    ) -> Result<Self> {
        sink.begin(&manifest)?;
        Ok(Self { sink, manifest, observer, table: 0, lines: None, done: 0 })
    }

    pub(in crate::data) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The rows of the table at this place begin.
    pub(in crate::data) fn table(&mut self, table: usize) -> Result<()> {
        let columns = self.manifest.tables[table].columns.iter().map(|column| (column.name.as_str(), column.kind));
        self.lines = Some(Lines::new(columns, self.manifest.seed));
        self.table = table;
        self.sink.table(&self.manifest, table)
    }

    /// The table's next row, its values one after the other.
    pub(in crate::data) fn row(
        &mut self,
        fill: impl FnOnce(&mut dyn FnMut(&Value<'_>)) -> Result<(), Refusal>,
    ) -> Result<()> {
        let Some(lines) = &mut self.lines else { return Ok(()) };
        let filled = fill(&mut |value| lines.value(value));
        if let Err(refusal) = filled {
            let row = lines.rows().count + 1;
            return Err(self.refused(&refusal, row));
        }
        lines.end();
        if lines.ready().len() >= PIECE {
            self.sink.lines(lines.ready())?;
            lines.clear();
            let done = self.done + lines.rows().count;
            self.observer.event(Event::Progress { what: "write rows", done, total: None });
        }
        Ok(())
    }

    fn refused(&self, refusal: &Refusal, row: u64) -> Error {
        let table = &self.manifest.tables[self.table];
        let column = table.columns.get(refusal.column).map_or("", |column| column.name.as_str());
        let message =
            format!("{}, column `{column}`, row {row} as they are read: {}", table.full_name(), refusal.reason);
        Error::new(ErrorKind::Refused, message)
            .hint("correct the value, or leave the table out by naming the others: mainstay data dump TABLES")
    }

    /// That were all rows of the table.
    pub(in crate::data) fn end_table(&mut self) -> Result<()> {
        let Some(lines) = self.lines.take() else { return Ok(()) };
        if !lines.ready().is_empty() {
            self.sink.lines(lines.ready())?;
        }
        let rows = lines.rows();
        let files = self.sink.end_table(rows)?;
        let table = &mut self.manifest.tables[self.table];
        (table.rows, table.files) = (Some(rows), files);
        self.done += rows.count;
        Ok(())
    }

    /// That were all tables; the manifest as it is stored.
    pub(in crate::data) fn finish(mut self) -> Result<Manifest> {
        self.manifest.complete = true;
        self.sink.finish(&self.manifest)?;
        Ok(self.manifest)
    }
}
