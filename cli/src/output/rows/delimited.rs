//! Rows as lines with something between their values.

use std::io::{Result, Write};

use mainstay::engine::Cell;

use crate::output::words::printable;

/// A header as CSV.
pub(super) fn csv_header(names: &[String], out: &mut impl Write) -> Result<()> {
    joined(names.iter().map(|name| Some(name.as_bytes())), b",", csv_value, out)
}

/// A row as PostgreSQL writes CSV: NULL is nothing, an empty text is `""`.
pub(super) fn csv(cells: &[Cell<'_>], out: &mut impl Write) -> Result<()> {
    joined(cells.iter().map(|cell| cell.text), b",", csv_value, out)
}

/// A header between tabs.
pub(super) fn tsv_header(names: &[String], out: &mut impl Write) -> Result<()> {
    joined(names.iter().map(|name| Some(name.as_bytes())), b"\t", tsv_value, out)
}

/// A row between tabs; a backslash, tab or line end in a value is written as COPY writes it, NULL is nothing.
pub(super) fn tsv(cells: &[Cell<'_>], out: &mut impl Write) -> Result<()> {
    joined(cells.iter().map(|cell| cell.text), b"\t", tsv_value, out)
}

/// A Markdown table's first two lines.
pub(super) fn markdown_header(names: &[String], out: &mut impl Write) -> Result<()> {
    markdown_line(names.iter().map(|name| Some(name.as_bytes())), out)?;
    writeln!(out, "|{}", " --- |".repeat(names.len()))
}

/// A Markdown table's row.
pub(super) fn markdown(cells: &[Cell<'_>], out: &mut impl Write) -> Result<()> {
    markdown_line(cells.iter().map(|cell| cell.text), out)
}

fn joined<'a, W: Write>(
    values: impl Iterator<Item = Option<&'a [u8]>>,
    between: &[u8],
    write: fn(&[u8], &mut W) -> Result<()>,
    out: &mut W,
) -> Result<()> {
    for (at, value) in values.enumerate() {
        if at > 0 {
            out.write_all(between)?;
        }
        if let Some(value) = value {
            write(value, out)?;
        }
    }
    out.write_all(b"\n")
}

fn csv_value(value: &[u8], out: &mut impl Write) -> Result<()> {
    let plain = !value.is_empty() && !value.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'));
    if plain {
        return out.write_all(value);
    }
    out.write_all(b"\"")?;
    for (at, part) in value.split(|byte| *byte == b'"').enumerate() {
        if at > 0 {
            out.write_all(b"\"\"")?;
        }
        out.write_all(part)?;
    }
    out.write_all(b"\"")
}

fn tsv_value(value: &[u8], out: &mut impl Write) -> Result<()> {
    let mut rest = value;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\\' | b'\t' | b'\n' | b'\r')) {
        out.write_all(&rest[..at])?;
        out.write_all(match rest[at] {
            b'\t' => b"\\t",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            _ => b"\\\\",
        })?;
        rest = &rest[at + 1..];
    }
    out.write_all(rest)
}

fn markdown_line<'a>(values: impl Iterator<Item = Option<&'a [u8]>>, out: &mut impl Write) -> Result<()> {
    out.write_all(b"|")?;
    for value in values {
        let text = String::from_utf8_lossy(value.unwrap_or_default()).into_owned();
        let text = text.replace('\\', "\\\\").replace('|', "\\|").replace("\r\n", "<br>").replace('\n', "<br>");
        write!(out, " {} |", printable(&text))?;
    }
    out.write_all(b"\n")
}
