//! Expressions that give another value for each row.

use super::cursor::identifier;
use super::sketch::Sketch;
use crate::catalog::Volatility;
use crate::plan::words::{Word, key, text};

/// Functions of the server that give the same to every row of a statement.
const STEADY: &[&str] = &[
    "NOW",
    "TRANSACTION_TIMESTAMP",
    "STATEMENT_TIMESTAMP",
    "CURRENT_TIMESTAMP",
    "CURRENT_TIME",
    "LOCALTIMESTAMP",
    "LOCALTIME",
    "CURRENT_SETTING",
    "TIMEZONE",
    "DATE_TRUNC",
    "DATE_PART",
    "EXTRACT",
    "TO_TIMESTAMP",
    "TO_DATE",
    "TO_CHAR",
    "MAKE_DATE",
    "MAKE_INTERVAL",
    "LOWER",
    "UPPER",
    "CONCAT",
    "MD5",
    "COALESCE",
    "NULLIF",
    "GREATEST",
    "LEAST",
    "CAST",
    "ARRAY",
    "ROW",
    "JSONB_BUILD_OBJECT",
    "JSON_BUILD_OBJECT",
    "JSONB_BUILD_ARRAY",
    "JSON_BUILD_ARRAY",
    "TO_JSONB",
    "TO_JSON",
    "ABS",
    "ROUND",
    "LENGTH",
    "SUBSTRING",
    "REPLACE",
    "TRIM",
    "INT4RANGE",
    "INT8RANGE",
    "NUMRANGE",
    "TSRANGE",
    "TSTZRANGE",
    "DATERANGE",
    "POINT",
    "DECODE",
    "ENCODE",
    "TO_TSVECTOR",
    "INTERVAL",
    "NUMERIC",
    "VARCHAR",
    "CHAR",
    "CHARACTER",
    "VARYING",
    "DECIMAL",
    "BIT",
    "TIMESTAMP",
    "TIME",
    "AND",
    "OR",
    "NOT",
    "IN",
    "BETWEEN",
    "WHEN",
    "THEN",
    "ELSE",
    "DEFAULT",
];

/// Whether an expression may give another value each time: what is not known to be steady may.
pub(super) fn is_volatile(words: &[Word<'_>], sketch: &Sketch<'_, '_>) -> bool {
    let calls = |at: &usize| text(words, at + 1) == "(" && identifier(&words[*at]).is_some();
    let steady = |at: usize| {
        let name = identifier(&words[at]).unwrap_or_default();
        let mut own = sketch.known.catalog.routines.iter().filter(|routine| routine.name.name == name).peekable();
        match own.peek() {
            Some(_) => own.all(|routine| routine.volatility != Volatility::Volatile),
            // A type with its length, behind `::`.
            None => STEADY.contains(&key(words, at)) || (at > 0 && text(words, at - 1) == ":"),
        }
    };
    (0..words.len()).filter(calls).any(|at| !steady(at))
}
