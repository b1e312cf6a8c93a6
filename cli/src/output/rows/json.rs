//! Rows as JSON objects.

use std::io::{Result, Write};

use mainstay::engine::{Cell, Kind};

/// Columns' names as keys: one that comes again gets a number, so that no value hides another.
pub(super) fn keys(names: &[String]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let mut key = name.clone();
        let mut number = 2;
        while keys.contains(&key) {
            key = format!("{name}_{number}");
            number += 1;
        }
        keys.push(key);
    }
    keys
}

/// A row as an object on one line.
pub(super) fn object(keys: &[String], cells: &[Cell<'_>], out: &mut impl Write) -> Result<()> {
    out.write_all(b"{")?;
    for (at, (key, cell)) in keys.iter().zip(cells).enumerate() {
        if at > 0 {
            out.write_all(b", ")?;
        }
        serde_json::to_writer(&mut *out, key)?;
        out.write_all(b": ")?;
        value(cell, out)?;
    }
    out.write_all(b"}")
}

fn value(cell: &Cell<'_>, out: &mut impl Write) -> Result<()> {
    let Some(text) = cell.text else { return out.write_all(b"null") };
    match cell.kind {
        Kind::Bool => out.write_all(if text == b"t" { b"true" } else { b"false" }),
        Kind::Number if is_number(text) => out.write_all(text),
        // A line end in a document is space between its parts: inside of a string there is none.
        Kind::Json => {
            let line: Vec<u8> =
                text.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }).collect();
            out.write_all(&line)
        }
        _ => Ok(serde_json::to_writer(out, &String::from_utf8_lossy(text))?),
    }
}

/// A number that JSON knows too: neither NaN nor Infinity.
fn is_number(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_hides_another() {
        let names = ["a", "a", "a_2", "b"].map(str::to_owned);
        assert_eq!(keys(&names), ["a", "a_2", "a_2_2", "b"]);
    }

    #[test]
    fn values_are_what_they_are() {
        let check = |kind, text: &[u8], expected: &str| {
            let mut out = Vec::new();
            value(&Cell { kind, text: Some(text) }, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(Kind::Number, b"12345678901234567890.5", "12345678901234567890.5");
        check(Kind::Number, b"NaN", "\"NaN\"");
        check(Kind::Bool, b"t", "true");
        check(Kind::Json, b"{\"a\":\n1}", "{\"a\": 1}");
        check(Kind::Text, b"a\"\xff\n", "\"a\\\"\u{fffd}\\n\"");
    }
}
