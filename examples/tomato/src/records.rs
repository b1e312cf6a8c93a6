//! Rows in and out, the same for both engines: what ToMaTo says is SQL that both understand, with values `$1`, `$2` …

use crate::{AnyError, Result};

/// An open transaction.
pub trait Records {
    /// The rows of a query, or of an `INSERT … RETURNING`.
    fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>>;

    /// How many rows a statement has changed.
    fn run(&mut self, sql: &str, values: &[Value]) -> Result<u64>;
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// NULL.
    Nothing,
    /// A number of any width.
    Number(i64),
    /// A text.
    Text(String),
    /// A boolean; SQLite gives it back as a number.
    Flag(bool),
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// The number in column `at`.
    pub fn number(&self, at: usize) -> Result<i64> {
        match self.0.get(at) {
            Some(Value::Number(number)) => Ok(*number),
            other => Err(unexpected("a number", at, other)),
        }
    }

    /// The text in column `at`.
    pub fn text(&self, at: usize) -> Result<String> {
        match self.0.get(at) {
            Some(Value::Text(text)) => Ok(text.clone()),
            other => Err(unexpected("a text", at, other)),
        }
    }

    /// The boolean in column `at`.
    pub fn flag(&self, at: usize) -> Result<bool> {
        match self.0.get(at) {
            Some(Value::Flag(flag)) => Ok(*flag),
            Some(Value::Number(number)) => Ok(*number != 0),
            other => Err(unexpected("a boolean", at, other)),
        }
    }
}

fn unexpected(wanted: &str, at: usize, found: Option<&Value>) -> AnyError {
    format!("column {at} is {found:?}, not {wanted}").into()
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
