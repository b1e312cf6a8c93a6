//! Values of a fixture, as Django's fields read them, to those of a column.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil;

use super::json::{self, Json};
use super::{Shape, array, duration};
use crate::portable::json::unhex;
use crate::portable::postgres::moment;
use crate::portable::{Kind, Value, decimal, real};

/// The value of a column of this shape that `json` stands for.
///
/// # Errors
/// It stands for none: why, to be read after the value.
pub fn read<'a>(json: &Json<'a>, shape: &Shape) -> Result<Value<'a>, String> {
    if let Json::Null = json {
        return Ok(Value::Null);
    }
    match shape {
        Shape::Boolean => boolean(json),
        Shape::Integer => whole(json),
        Shape::Real => binary(json),
        Shape::Decimal => digits(json),
        Shape::Text | Shape::Other => text(json),
        Shape::Bytes => bytes(json),
        Shape::Json => document(json),
        Shape::Date | Shape::Time | Shape::Moment | Shape::Timestamp => moment_as_it_is(json, shape),
        Shape::StoredMoment => stored_moment(json),
        Shape::Interval => micros(json).map(|micros| Value::Text(duration::interval(micros).into())),
        Shape::StoredDuration => micros(json).map(Value::Integer),
        Shape::StoredUuid => stored_uuid(json),
        Shape::Array(element, dimensions) => {
            let mut out = String::new();
            elements(json, element, *dimensions, &mut out)?;
            Ok(Value::Text(out.into()))
        }
        Shape::Range(end) => range(json, end),
        Shape::Hstore => pairs(json),
    }
}

/// The value of a column of this shape that its default is: a text of the database's, not of a fixture's.
///
/// # Errors
/// It is none: why, to be read after the default.
pub fn of_default<'a>(text: &'a str, shape: &Shape) -> Result<Value<'a>, String> {
    match shape {
        Shape::Boolean | Shape::Integer | Shape::Real | Shape::Decimal => read(&Json::Text(text.into()), shape),
        Shape::StoredDuration => whole(&Json::Text(text.into())),
        Shape::Bytes => {
            let bytes = text.strip_prefix("\\x").and_then(|digits| unhex(digits.as_bytes()));
            bytes.map(|bytes| Value::Bytes(bytes.into())).map_or_else(|| no("text of bytes"), Ok)
        }
        _ => Ok(Value::text(text)),
    }
}

fn no<T>(what: &str) -> Result<T, String> {
    Err(format!("is no {what}"))
}

fn boolean(json: &Json<'_>) -> Result<Value<'static>, String> {
    Ok(Value::Bool(match json {
        Json::Bool(truth) => *truth,
        Json::Number("1") => true,
        Json::Number("0") => false,
        Json::Text(text) => match text.as_ref() {
            "t" | "True" | "true" | "1" => true,
            "f" | "False" | "false" | "0" => false,
            _ => return no("truth value"),
        },
        _ => return no("truth value"),
    }))
}

fn whole(json: &Json<'_>) -> Result<Value<'static>, String> {
    let number = match json {
        Json::Number(text) => text.parse().ok().or_else(|| decimal::expanded(text)?.parse().ok()),
        Json::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.map(Value::Integer).map_or_else(|| no("whole number of 8 bytes"), Ok)
}

fn binary(json: &Json<'_>) -> Result<Value<'static>, String> {
    let text: &str = match json {
        Json::Number(text) => text,
        Json::Text(text) => text.trim(),
        _ => return no("number"),
    };
    let number = match text {
        "nan" => Some(f64::NAN),
        "inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        // What is too large for a binary number would become infinite.
        _ => real::named(text).or_else(|| text.parse().ok().filter(|number: &f64| number.is_finite())),
    };
    number.map(Value::Real).map_or_else(|| no("binary number"), Ok)
}

fn digits<'a>(json: &Json<'a>) -> Result<Value<'a>, String> {
    let text: &str = match json {
        Json::Number(text) => text,
        Json::Text(text) => text.trim(),
        _ => return no("decimal number"),
    };
    if text == "NaN" {
        return Ok(Value::text("NaN"));
    }
    decimal::expanded(text).map(|digits| Value::Text(digits.into())).map_or_else(|| no("decimal number"), Ok)
}

fn text<'a>(json: &Json<'a>) -> Result<Value<'a>, String> {
    match json {
        Json::Text(text) => Ok(Value::Text(text.clone())),
        Json::Number(digits) => Ok(Value::text(digits)),
        Json::Bool(truth) => Ok(Value::text(if *truth { "True" } else { "False" })),
        _ => no("text"),
    }
}

fn bytes(json: &Json<'_>) -> Result<Value<'static>, String> {
    let Json::Text(text) = json else { return no("text of base64") };
    STANDARD.decode(text.as_bytes()).map(|bytes| Value::Bytes(bytes.into())).or_else(|_| no("text of base64"))
}

fn document<'a>(json: &Json<'a>) -> Result<Value<'a>, String> {
    Ok(Value::Text(match json {
        Json::Nested(text) => json::tidied(text).map_or_else(|| no("document"), |text| Ok(text.into()))?,
        Json::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
        Json::Number("NaN" | "Infinity" | "-Infinity") => {
            return Err("is no number that a document can hold".to_owned());
        }
        Json::Number(text) => Cow::Borrowed(*text),
        Json::Text(text) => {
            let mut out = Vec::new();
            crate::portable::json::string(text, &mut out);
            String::from_utf8(out).unwrap_or_default().into()
        }
        Json::Null => "null".into(),
    }))
}

fn moment_as_it_is<'a>(json: &Json<'a>, shape: &Shape) -> Result<Value<'a>, String> {
    let (kind, what) = match shape {
        Shape::Date => (Kind::Date, "date"),
        Shape::Time => (Kind::Time, "time of day"),
        Shape::Timestamp => (Kind::Timestamp, "date and time"),
        _ => (Kind::Timestamptz, "date and time"),
    };
    let Json::Text(text) = json else { return no(what) };
    match moment::refuse(kind, text, 6) {
        Some(why) => Err(why.to_owned()),
        None if text.ends_with("infinity") => no(what),
        None if *shape == Shape::Time => {
            let time: civil::Time = text.trim().parse().map_err(|_| "is no time of day".to_owned())?;
            Ok(Value::Text(clock(time).into()))
        }
        None => Ok(Value::Text(text.clone())),
    }
}

/// In UTC and without a zone, as Django gives it to SQLite.
fn stored_moment(json: &Json<'_>) -> Result<Value<'static>, String> {
    const WHAT: &str = "date and time";
    let Json::Text(text) = json else { return no(WHAT) };
    let text = text.trim();
    if let Some(why) = moment::refuse(Kind::Timestamptz, text, 6) {
        return Err(why.to_owned());
    }
    // A second that only a clock of Greenwich has would become the one before it.
    if text.contains(":60") {
        return no(WHAT);
    }
    let moment = match text.parse::<jiff::Timestamp>() {
        Ok(moment) => moment.to_zoned(jiff::tz::TimeZone::UTC).datetime(),
        Err(_) if text.ends_with(['Z', 'z']) => return no(WHAT),
        Err(_) => text.parse::<civil::DateTime>().map_err(|_| "is no date and time".to_owned())?,
    };
    Ok(Value::Text(format!("{} {}", moment.date(), clock(moment.time())).into()))
}

/// With six digits of a second or none, as Python writes it.
fn clock(time: civil::Time) -> String {
    let micros = time.subsec_nanosecond() / 1000;
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    format!("{:02}:{:02}:{:02}{fraction}", time.hour(), time.minute(), time.second())
}

fn micros(json: &Json<'_>) -> Result<i64, String> {
    let Json::Text(text) = json else { return no("duration") };
    duration::parse(text).map_or_else(|| no("duration of the form 1 02:03:04.5"), Ok)
}

fn stored_uuid<'a>(json: &Json<'a>) -> Result<Value<'a>, String> {
    let Json::Text(text) = json else { return no("UUID") };
    let digits: String = text.trim().chars().filter(|letter| *letter != '-').collect::<String>().to_ascii_lowercase();
    let is_uuid = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_uuid { Ok(Value::Text(digits.into())) } else { no("UUID") }
}

/// A list, as Django writes it: within a text.
fn nested<'j>(json: &'j Json<'_>, opens: char) -> Option<&'j str> {
    let text = match json {
        Json::Text(text) => text.as_ref(),
        Json::Nested(text) => text,
        _ => return None,
    };
    text.trim_start().starts_with(opens).then_some(text)
}

fn elements(json: &Json<'_>, shape: &Shape, dimensions: usize, out: &mut String) -> Result<(), String> {
    let list = nested(json, '[').and_then(|text| json::list(text).ok()).ok_or("is no list")?;
    out.push('{');
    for (at, element) in list.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        match element {
            Json::Null => out.push_str("NULL"),
            inner if dimensions > 1 => elements(inner, shape, dimensions - 1, out)?,
            inner => {
                let value =
                    read(inner, shape).map_err(|why| format!("has an element {} that {why}", inner.excerpt()))?;
                array::quote(&plain(&value), out);
            }
        }
    }
    out.push('}');
    Ok(())
}

fn range(json: &Json<'_>, shape: &Shape) -> Result<Value<'static>, String> {
    let text = nested(json, '{').ok_or("is no range")?;
    let parts = json::parts(&mut crate::portable::json::Line::over(text.as_bytes())).map_err(|damage| damage.reason)?;
    let part = |name: &str| parts.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    if part("empty") == Some(&Json::Bool(true)) {
        return Ok(Value::text("empty"));
    }
    let (opens, closes) = match part("bounds") {
        Some(Json::Text(bounds)) if matches!(bounds.as_ref(), "[)" | "[]" | "(]" | "()") => bounds.split_at(1),
        None => ("[", ")"),
        _ => return no("range"),
    };
    let mut out = opens.to_owned();
    for (name, after) in [("lower", ","), ("upper", closes)] {
        match part(name).unwrap_or(&Json::Null) {
            Json::Null => {}
            end => array::quote(&plain(&read(end, shape)?), &mut out),
        }
        out.push_str(after);
    }
    Ok(Value::Text(out.into()))
}

fn pairs(json: &Json<'_>) -> Result<Value<'static>, String> {
    let object = nested(json, '{').ok_or("is no object of texts")?;
    let parts =
        json::parts(&mut crate::portable::json::Line::over(object.as_bytes())).map_err(|damage| damage.reason)?;
    let mut out = String::new();
    for (at, (key, value)) in parts.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        array::quote(key, &mut out);
        out.push_str("=>");
        match value {
            Json::Null => out.push_str("NULL"),
            Json::Nested(_) => return no("object of texts"),
            value => array::quote(&plain(&text(value)?), &mut out),
        }
    }
    Ok(Value::Text(out.into()))
}

/// A value as PostgreSQL reads it within another.
fn plain(value: &Value<'_>) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(truth) => if *truth { "t" } else { "f" }.to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => real::text(*number),
        Value::Text(text) => text.to_string(),
        Value::Bytes(bytes) => {
            let mut digits = b"\\x".to_vec();
            crate::portable::json::hex(bytes, &mut digits);
            String::from_utf8(digits).unwrap_or_default()
        }
    }
}
