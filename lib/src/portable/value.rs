//! Values between two engines.

use std::borrow::Cow;

/// One value of a row. It says by itself what it is; what it means, say a date or a number of any length written as text, is the
/// column's [`Kind`](super::Kind).
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number in binary, infinities and NaN included.
    Real(f64),
    /// Text, or anything that is written as such.
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
}

impl<'a> Value<'a> {
    /// Text that lies elsewhere.
    pub fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// The same, of nothing that it was read from.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(truth) => Value::Bool(truth),
            Self::Integer(number) => Value::Integer(number),
            Self::Real(number) => Value::Real(number),
            Self::Text(text) => Value::Text(text.into_owned().into()),
            Self::Bytes(bytes) => Value::Bytes(bytes.into_owned().into()),
        }
    }

    /// What it is, for people: `a text`, `a whole number`.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Bool(_) => "a truth value",
            Self::Integer(_) => "a whole number",
            Self::Real(_) => "a binary number",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
        }
    }

    /// The start of it as a person would read it, for an error.
    pub fn excerpt(&self) -> String {
        const SHOWN: usize = 60;
        let whole = match self {
            Self::Null => "NULL".to_owned(),
            Self::Bool(truth) => truth.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::Real(number) => super::real::text(*number),
            Self::Text(text) => format!("{:?}", text.chars().take(SHOWN + 1).collect::<String>()),
            Self::Bytes(bytes) => format!("{} bytes", bytes.len()),
        };
        match whole.char_indices().nth(SHOWN) {
            Some((at, _)) => format!("{}…", &whole[..at]),
            None => whole,
        }
    }
}
