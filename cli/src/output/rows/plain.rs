//! Rows for a page of commands: values separated by comma and space, dates as ISO 8601 has them.

use std::io::{Result, Write};

use mainstay::engine::{Cell, Kind};

/// A row on a line.
pub(super) fn row(cells: &[Cell<'_>], out: &mut impl Write) -> Result<()> {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.write_all(b", ")?;
        }
        match (cell.kind, cell.text) {
            (_, None) => out.write_all(b"NULL")?,
            (Kind::Bool, Some(text)) => out.write_all(if text == b"t" { b"TRUE" } else { b"FALSE" })?,
            (Kind::Timestamp, Some(text)) => out.write_all(&iso(text))?,
            (_, Some(text)) => out.write_all(text)?,
        }
    }
    out.write_all(b"\n")
}

/// `2020-05-05 00:00:00+02` as `2020-05-05T00:00:00+02:00`; `infinity` stays.
fn iso(text: &[u8]) -> Vec<u8> {
    let mut iso = text.to_vec();
    let Some(space) = text.iter().position(|byte| *byte == b' ') else { return iso };
    iso[space] = b'T';
    let zone = iso[space..].iter().position(|byte| matches!(byte, b'+' | b'-')).map(|at| space + at);
    if zone.is_some_and(|zone| iso.len() - zone == 3) {
        iso.extend_from_slice(b":00");
    }
    iso
}

#[cfg(test)]
mod tests {
    use super::iso;

    #[test]
    fn timestamps_are_iso() {
        for (text, expected) in [
            ("2020-05-05 00:00:00", "2020-05-05T00:00:00"),
            ("2020-05-05 00:00:00.5+02", "2020-05-05T00:00:00.5+02:00"),
            ("2020-05-05 00:00:00-03:30", "2020-05-05T00:00:00-03:30"),
            ("infinity", "infinity"),
        ] {
            assert_eq!(String::from_utf8(iso(text.as_bytes())).unwrap(), expected);
        }
    }
}
