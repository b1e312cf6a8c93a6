//! Values of a column, as Django's serializer writes them.
//!
//! Source: Django's `core/serializers/json.py` and each field's `value_to_string`. One thing is written otherwise: a time keeps its
//! microseconds, of which Django's own encoder drops the last three.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil;

use super::array::Element;
use super::json::Json;
use super::{Shape, array, duration, json};
use crate::portable::json::{string, unhex};
use crate::portable::postgres::moment::refuse;
use crate::portable::{Kind, Value, real};

/// Writes `value`, which is of this shape, as JSON.
///
/// # Errors
/// A fixture cannot hold it: why, to be read after the value.
pub fn write(value: &Value<'_>, shape: &Shape, out: &mut Vec<u8>) -> Result<(), String> {
    match (shape, value) {
        (_, Value::Null) => out.extend_from_slice(b"null"),
        (_, Value::Bool(truth)) => out.extend_from_slice(if *truth { b"true" } else { b"false" }),
        (Shape::StoredDuration, Value::Integer(micros)) => string(&duration::django(*micros), out),
        (_, Value::Integer(number)) => drop(write!(out, "{number}")),
        (Shape::Decimal, Value::Real(number)) => string(&real::text(*number), out),
        // Python reads what JSON has no number for by these names.
        (_, Value::Real(number)) => out.extend_from_slice(real::text(*number).as_bytes()),
        (Shape::Bytes, Value::Bytes(bytes)) => string(&STANDARD.encode(bytes), out),
        // SQLite keeps either in any column; what is loaded again would be of the column's own.
        (_, Value::Bytes(_)) => return Err("are bytes, and the column has none".to_owned()),
        (Shape::Bytes, Value::Text(_)) => return Err("is a text, and the column has bytes".to_owned()),
        (Shape::Json, Value::Text(document)) => return written_document(document, out),
        (Shape::Array(element, dimensions), Value::Text(text)) => string(&list(text, element, *dimensions)?, out),
        (Shape::Range(end), Value::Text(text)) => string(&range(text, end)?, out),
        (Shape::Hstore, Value::Text(text)) => string(&pairs(text)?, out),
        (shape, Value::Text(text)) => match spelt(text, shape)? {
            Some(spelling) => string(&spelling, out),
            None => string(text, out),
        },
    }
    Ok(())
}

/// Writes the keys that a many-to-many field refers to: `listed` is a list in JSON of values of this shape, as the database prints
/// it.
///
/// # Errors
/// A fixture cannot hold one of them.
pub fn write_list(listed: &str, shape: &Shape, out: &mut Vec<u8>) -> Result<(), String> {
    out.push(b'[');
    for (at, key) in json::list(listed).map_err(|damage| damage.reason)?.iter().enumerate() {
        if at > 0 {
            out.extend_from_slice(b", ");
        }
        match key {
            Json::Text(text) => write(&Value::text(text), shape, out)?,
            Json::Number(digits) => out.extend_from_slice(digits.as_bytes()),
            _ => return Err("has a key that is neither a number nor a text".to_owned()),
        }
    }
    out.push(b']');
    Ok(())
}

/// The text as Django spells it, where that is another one.
fn spelt(text: &str, shape: &Shape) -> Result<Option<String>, String> {
    match shape {
        Shape::Date => python_year(text).map(|()| None),
        Shape::Moment => moment(text, "Z").map(Some),
        Shape::Timestamp => moment(text, "").map(Some),
        Shape::StoredMoment => stored_moment(text).map(Some),
        Shape::Interval => Ok(Some(duration::django(duration::of_postgres(text)?))),
        Shape::StoredUuid if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            Ok(Some(format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])))
        }
        _ => Ok(None),
    }
}

/// In UTC without a zone, as Django keeps it in SQLite; others write the zone too.
fn stored_moment(text: &str) -> Result<String, String> {
    let no = || "is no date and time as Django keeps it in SQLite".to_owned();
    if let Some(why) = refuse(Kind::Timestamptz, text, 6) {
        return Err(why.to_owned());
    }
    // Read without a zone, one that is there would be left out.
    let has_zone = text.get(10..).is_some_and(|time| time.contains(['Z', 'z', '+', '-']));
    let found: civil::DateTime = match has_zone {
        true => text.parse::<jiff::Timestamp>().map_err(|_| no())?.to_zoned(jiff::tz::TimeZone::UTC).datetime(),
        false => text.parse().map_err(|_| no())?,
    };
    moment(&format!("{} {}", found.date(), found.time()), "Z")
}

/// Python counts years from 1 to 9999, and has no day at the end of time.
fn python_year(text: &str) -> Result<(), String> {
    let has_four_digits = text.as_bytes().get(4) == Some(&b'-') && !text.ends_with("BC");
    has_four_digits.then_some(()).ok_or_else(|| "is no date that Python knows".to_owned())
}

/// `2024-02-29 12:00:00.5Z` with all six digits of a second, or none.
fn moment(text: &str, zone: &str) -> Result<String, String> {
    python_year(text)?;
    let bare = text.trim_end_matches("+00").trim_end_matches('Z');
    let (date, time) = bare.split_once(' ').ok_or("is no date and time")?;
    let (whole, fraction) = time.split_once('.').unwrap_or((time, ""));
    let fraction = if fraction.is_empty() { String::new() } else { format!(".{fraction:0<6}") };
    Ok(format!("{date}T{whole}{fraction}{zone}"))
}

/// A document stands in the fixture as it is.
fn written_document(document: &str, out: &mut Vec<u8>) -> Result<(), String> {
    if document.trim() == "null" {
        return Err("is JSON's null, which a fixture cannot tell from no value at all".to_owned());
    }
    // Nothing but spaces between its parts changes.
    let tidied = json::tidied(document).ok_or("is no JSON")?;
    out.extend_from_slice(tidied.as_bytes());
    Ok(())
}

/// A list of texts within a text. PostgreSQL keeps lists in a column of any dimensions; where fewer were declared, a fixture's list
/// would be loaded as a text.
fn list(text: &str, shape: &Shape, dimensions: usize) -> Result<String, String> {
    let elements = array::array(text).ok_or("is an array that does not count from 1")?;
    if array::depth(&elements) > dimensions {
        return Err(format!("has more than the dimensions that the column was declared with ({dimensions})"));
    }
    written_list(&elements, shape)
}

fn written_list(elements: &[Element], shape: &Shape) -> Result<String, String> {
    let mut out = b"[".to_vec();
    for (at, element) in elements.iter().enumerate() {
        if at > 0 {
            out.extend_from_slice(b", ");
        }
        match element {
            Element::Null => out.extend_from_slice(b"null"),
            Element::Array(inner) => string(&written_list(inner, shape)?, &mut out),
            Element::Text(text) if *shape == Shape::Json => written_document(text, &mut out)?,
            Element::Text(text) => string(&within(text, shape)?, &mut out),
        }
    }
    out.push(b']');
    String::from_utf8(out).map_err(|error| error.to_string())
}

/// What PostgreSQL prints within another value, as Python's `str` has it.
fn within(text: &str, shape: &Shape) -> Result<String, String> {
    Ok(match shape {
        Shape::Boolean => if text == "t" { "True" } else { "False" }.to_owned(),
        Shape::Moment => moment(text, "+00:00")?,
        Shape::Bytes => {
            let bytes = text.strip_prefix("\\x").and_then(|digits| unhex(digits.as_bytes()));
            STANDARD.encode(bytes.ok_or("is no text of bytes")?)
        }
        Shape::Range(end) => range(text, end)?,
        Shape::Hstore => pairs(text)?,
        shape => spelt(text, shape)?.unwrap_or_else(|| text.to_owned()),
    })
}

fn range(text: &str, shape: &Shape) -> Result<String, String> {
    let Some((opens, lower, upper, closes)) = array::range(text).ok_or("is no range that can be read")? else {
        return Ok("{\"empty\": true}".to_owned());
    };
    let mut out = format!("{{\"bounds\": \"{opens}{closes}\"").into_bytes();
    for (name, end) in [("lower", lower), ("upper", upper)] {
        out.extend_from_slice(format!(", \"{name}\": ").as_bytes());
        match end {
            None => out.extend_from_slice(b"null"),
            Some(end) => string(&within(&end, shape)?, &mut out),
        }
    }
    out.push(b'}');
    String::from_utf8(out).map_err(|error| error.to_string())
}

fn pairs(text: &str) -> Result<String, String> {
    let mut out = b"{".to_vec();
    for (at, (key, value)) in array::hstore(text).ok_or("is no hstore that can be read")?.iter().enumerate() {
        if at > 0 {
            out.extend_from_slice(b", ");
        }
        string(key, &mut out);
        out.extend_from_slice(b": ");
        match value {
            None => out.extend_from_slice(b"null"),
            Some(value) => string(value, &mut out),
        }
    }
    out.push(b'}');
    String::from_utf8(out).map_err(|error| error.to_string())
}
