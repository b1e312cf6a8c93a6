//! What is given to SQLite for a value, looked at so that the column changes nothing.

use std::borrow::Cow;

use super::Affinity;
use crate::portable::{Kind, Value, decimal, real};

/// A column that values go into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// What it makes of values.
    pub affinity: Affinity,
    /// What its values mean.
    pub kind: Kind,
    /// What the values meant where they come from.
    pub from: Kind,
    /// It belongs to a STRICT table.
    pub strict: bool,
    /// It is another name of the row's own number, and gives one to a row that comes without.
    pub numbers: bool,
}

/// What to bind for `value`: NULL, a whole number, a binary number, text or bytes.
///
/// # Errors
/// The column cannot hold it as it is: why, to be read after the value.
pub fn stored<'v>(value: &'v Value<'_>, column: Column) -> Result<Value<'v>, String> {
    let value = match value {
        Value::Null if column.numbers => return Err("would become a number: the column numbers its rows".to_owned()),
        Value::Null => return Ok(Value::Null),
        Value::Bool(truth) if column.affinity == Affinity::Text => {
            return Ok(Value::text(if *truth { "true" } else { "false" }));
        }
        Value::Bool(truth) => return Ok(Value::Integer(i64::from(*truth))),
        Value::Integer(number) => whole(*number, column),
        Value::Real(number) => binary(*number, column),
        Value::Text(text) => text_in(text, column),
        Value::Bytes(bytes) if column.strict && column.affinity != Affinity::None => {
            Err(format!("is {} bytes, and the table is STRICT", bytes.len()))
        }
        Value::Bytes(bytes) => Ok(Value::Bytes(Cow::Borrowed(bytes))),
    }?;
    Ok(value)
}

fn whole(number: i64, column: Column) -> Result<Value<'static>, String> {
    match column.affinity {
        // Kept in as few bytes as it needs, and read as a binary number.
        Affinity::Real if real::of_whole(number).is_none() => {
            Err("has no binary number that is exactly it, and the column has binary numbers".to_owned())
        }
        Affinity::Text => Ok(Value::Text(Cow::Owned(number.to_string()))),
        _ => Ok(Value::Integer(number)),
    }
}

fn binary(number: f64, column: Column) -> Result<Value<'static>, String> {
    match column.affinity {
        // Bound as a number, SQLite itself would keep 15 digits.
        Affinity::Text => Ok(Value::Text(Cow::Owned(real::text(number)))),
        _ if number.is_nan() => Err("is no number, and SQLite would keep NULL".to_owned()),
        _ => Ok(Value::Real(number)),
    }
}

fn text_in<'v>(text: &'v str, column: Column) -> Result<Value<'v>, String> {
    let text: Cow<'v, str> = match (column.from, column.kind) {
        // Moments there have no zone, and mean UTC.
        (Kind::Timestamptz, Kind::Timestamp) => text.replacen('Z', "", 1).into(),
        _ => text.into(),
    };
    if matches!(column.affinity, Affinity::Text | Affinity::None) || !looks_like_a_number(&text) {
        return Ok(Value::Text(text));
    }
    let plain = if column.from == Kind::Decimal { decimal::plain(&text) } else { &text };
    let kept = match plain.parse::<i64>() {
        Ok(number) if number.to_string() == plain => match column.affinity {
            Affinity::Real => real::of_whole(number).map(Value::Real),
            _ => Some(Value::Integer(number)),
        },
        _ => binary_of(plain, column),
    };
    kept.ok_or_else(|| "would become another number: the column's type makes numbers of what looks like one".to_owned())
}

/// The binary number that has these digits, and is spelt with them when it is read. SQLite itself would keep 15 of them; a number
/// that is bound stays whole.
fn binary_of(digits: &str, column: Column) -> Option<Value<'static>> {
    let number = decimal::exact_real(digits)?;
    let spelt = if column.kind == Kind::Decimal { decimal::of_real(number)? } else { real::text(number) };
    // Of a decimal the value counts, not how it is spelt; of `1.0` SQLite makes a whole number.
    let is_kept = decimal::plain(digits) == digits && spelt == digits;
    (column.from == Kind::Decimal || is_kept).then_some(Value::Real(number))
}

/// Whether SQLite would take the text for a number.
fn looks_like_a_number(text: &str) -> bool {
    let text = text.trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    let begins = text.trim_start_matches(['-', '+']).bytes().next();
    begins.is_some_and(|first| first.is_ascii_digit() || first == b'.') && text.parse::<f64>().is_ok()
}
