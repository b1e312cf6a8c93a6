//! COPY's text to values.
//!
//! Source: PostgreSQL documentation, "COPY", "Text Format".

use std::borrow::Cow;

use crate::portable::json::unhex;
use crate::portable::{Kind, Refusal, Value};

/// Reads one row of COPY's text.
#[derive(Default)]
pub struct RowText {
    /// A value without its backslashes; its memory is used again.
    plain: Vec<u8>,
}

impl RowText {
    /// Gives the values of `row`, a line without its end with columns of these kinds, to `take`, one after the other.
    ///
    /// # Errors
    /// A value is not UTF-8, as only a database without an encoding has it; or the row has another number of values.
    pub fn read(&mut self, row: &[u8], kinds: &[Kind], mut take: impl FnMut(&Value<'_>)) -> Result<(), Refusal> {
        let mut rest = row;
        for (column, kind) in kinds.iter().enumerate() {
            let end = memchr::memchr(b'\t', rest);
            let is_last = column + 1 == kinds.len();
            if end.is_none() != is_last {
                return Err(Refusal { column, reason: "the server has sent another number of values".to_owned() });
            }
            let (text, next) = end.map_or((rest, &[][..]), |end| (&rest[..end], &rest[end + 1..]));
            rest = next;
            if text == b"\\N" {
                take(&Value::Null);
                continue;
            }
            let text = if memchr::memchr(b'\\', text).is_some() {
                unescape(text, &mut self.plain);
                &self.plain[..]
            } else {
                text
            };
            let text = std::str::from_utf8(text).map_err(|error| Refusal {
                column,
                reason: format!("the value is not UTF-8 (byte {})", error.valid_up_to()),
            })?;
            take(&value(*kind, text).map_err(|reason| Refusal { column, reason })?);
        }
        Ok(())
    }
}

/// What `text` is in a column of this kind.
fn value(kind: Kind, text: &str) -> Result<Value<'_>, String> {
    let odd = || format!("the server has sent {text:?}");
    Ok(match kind {
        Kind::Boolean => match text {
            "t" => Value::Bool(true),
            "f" => Value::Bool(false),
            _ => return Err(odd()),
        },
        Kind::Integer => Value::Integer(text.parse().map_err(|_| odd())?),
        // Rust reads the names of infinity and NaN as PostgreSQL writes them.
        Kind::Real => Value::Real(text.parse().map_err(|_| odd())?),
        Kind::Bytes => {
            let digits = text.strip_prefix("\\x").ok_or_else(odd)?;
            Value::Bytes(Cow::Owned(unhex(digits.as_bytes()).ok_or_else(odd)?))
        }
        Kind::Timestamptz => match text.strip_suffix("+00") {
            Some(moment) => Value::Text(Cow::Owned(format!("{moment}Z"))),
            // `infinity`, and years before Christ, whose zone stands before ` BC`.
            None => match text.strip_suffix("+00 BC") {
                Some(moment) => Value::Text(Cow::Owned(format!("{moment}Z BC"))),
                None => Value::text(text),
            },
        },
        Kind::Decimal
        | Kind::Text
        | Kind::Json
        | Kind::Date
        | Kind::Time
        | Kind::Timestamp
        | Kind::Other
        | Kind::Any => Value::text(text),
    })
}

fn unescape(text: &[u8], plain: &mut Vec<u8>) {
    plain.clear();
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        plain.extend_from_slice(&rest[..at]);
        // COPY writes these letters and no numbers.
        let letter = rest.get(at + 1).copied().unwrap_or(b'\\');
        plain.push(match letter {
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0x0b,
            other => other,
        });
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    plain.extend_from_slice(rest);
}
