//! Rows of any number, printed as they come.

mod aligned;
mod collected;
mod delimited;
mod json;
mod plain;

pub use aligned::Expanded;
pub use collected::Collected;

use std::io::{BufWriter, Result, Stdout, Write};

use clap::ValueEnum;
use mainstay::engine::{Cell, Rows};

use super::Output;
use aligned::Aligned;

/// How rows are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns, or a line for each value where they are wider than the terminal
    Table,
    /// CSV with a header, as the server writes it
    Csv,
    /// Separated by tabs, with a header
    Tsv,
    /// An array of objects for each statement
    Json,
    /// An object a line
    Jsonl,
    /// A Markdown table
    Markdown,
    /// Values separated by comma and space, without a header
    Plain,
}

/// Bytes that are gathered before they are written.
const GATHERED: usize = 64 * 1024;

/// Prints the rows of one statement after the other.
pub struct Printer {
    out: BufWriter<Stdout>,
    format: Format,
    aligned: Aligned,
    /// Columns of the statement, as keys for JSON.
    keys: Vec<String>,
    /// A statement's rows are printed already: an empty line goes before the next one's.
    printed: bool,
    /// Columns that are not printed yet: a statement that fails before its first row prints nothing.
    header: Option<Vec<String>>,
    /// Rows of the statement so far; `None` before the columns are known.
    rows: Option<u64>,
}

impl Printer {
    /// To stdout.
    pub fn new(format: Format, output: &Output) -> Self {
        Self {
            out: BufWriter::with_capacity(GATHERED, std::io::stdout()),
            format,
            aligned: Aligned::new(output.width.filter(|_| output.terminal)),
            keys: Vec::new(),
            printed: false,
            header: None,
            rows: None,
        }
    }

    /// What is printed next stands by itself: no empty line before its first table.
    pub fn stand_alone(&mut self) {
        self.printed = false;
    }

    /// Lays tables out for a terminal of `room` columns from the next statement on.
    pub fn lay_out(&mut self, room: Option<usize>, expanded: Expanded) {
        self.aligned.room = room;
        self.aligned.expanded = expanded;
    }

    /// Does it print how many rows a statement has changed?
    pub fn tells_changes(&self) -> bool {
        self.format == Format::Plain
    }

    /// Ends a statement, `changed` being the count of rows it has changed: whatever was gathered goes out. Returns the count of
    /// rows where there were columns.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn end(&mut self, changed: Option<u64>) -> Result<Option<u64>> {
        self.print_header()?;
        let rows = self.rows.take();
        match (self.format, rows) {
            (Format::Table, Some(_)) => self.aligned.end(&mut self.out)?,
            (Format::Json, Some(0)) => self.out.write_all(b"[]\n")?,
            (Format::Json, Some(_)) => self.out.write_all(b"\n]\n")?,
            (Format::Plain, None) => {
                if let Some(changed) = changed {
                    writeln!(self.out, "{changed} rows affected.")?;
                }
            }
            _ => {}
        }
        self.out.flush()?;
        Ok(rows)
    }

    /// A statement failed: what it printed until then goes out as it is.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn broken_off(&mut self) -> Result<()> {
        let printed = self.header.take().is_none();
        if self.rows.take().is_some() && printed && self.format == Format::Table {
            self.aligned.end(&mut self.out)?;
        }
        self.out.flush()
    }

    fn print_header(&mut self) -> Result<()> {
        let Some(names) = self.header.take() else { return Ok(()) };
        if self.printed && matches!(self.format, Format::Table | Format::Markdown) {
            self.out.write_all(b"\n")?;
        }
        self.printed = true;
        match self.format {
            Format::Table => self.aligned.begin(&names),
            Format::Csv => delimited::csv_header(&names, &mut self.out)?,
            Format::Tsv => delimited::tsv_header(&names, &mut self.out)?,
            Format::Markdown => delimited::markdown_header(&names, &mut self.out)?,
            Format::Json | Format::Jsonl => self.keys = json::keys(&names),
            Format::Plain => {}
        }
        Ok(())
    }
}

impl Rows for Printer {
    fn wants_csv(&self) -> bool {
        self.format == Format::Csv
    }

    fn columns(&mut self, names: &[String]) -> Result<()> {
        self.rows = Some(0);
        self.header = Some(names.to_vec());
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        self.print_header()?;
        let before = self.rows.get_or_insert(0);
        let first = *before == 0;
        *before += 1;
        match self.format {
            Format::Table => self.aligned.row(cells, &mut self.out),
            Format::Csv => delimited::csv(cells, &mut self.out),
            Format::Tsv => delimited::tsv(cells, &mut self.out),
            Format::Markdown => delimited::markdown(cells, &mut self.out),
            Format::Json => {
                self.out.write_all(if first { b"[\n " } else { b",\n " })?;
                json::object(&self.keys, cells, &mut self.out)
            }
            Format::Jsonl => {
                json::object(&self.keys, cells, &mut self.out)?;
                self.out.write_all(b"\n")
            }
            Format::Plain => plain::row(cells, &mut self.out),
        }
    }

    fn csv(&mut self, piece: &[u8]) -> Result<()> {
        self.print_header()?;
        self.out.write_all(piece)
    }
}
