//! A script as units that are loaded or tried again by themselves.

use std::ops::Range;

use crate::dialect::{Script, rules_transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, Statement, words};

/// A script's statements, sorted by what loading does with them.
pub(super) struct Sorted<'a> {
    pub(super) script: &'a Script,
    pub(super) statements: Vec<Statement<'a>>,
    /// What sets something for all that follows: indices of statements.
    pub(super) settings: Vec<usize>,
    /// What is loaded, in the file's order.
    pub(super) units: Vec<Unit>,
    /// How many statements hold nothing but rows.
    pub(super) rows: usize,
}

/// One statement, or a block from BEGIN to COMMIT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// Which statements.
    pub(super) statements: Range<usize>,
    /// How many of the script's settings stand before it.
    pub(super) settings: usize,
}

impl<'a> Sorted<'a> {
    /// # Errors
    /// [`ErrorKind::Source`]: a transaction is begun and never ended.
    pub(super) fn new(script: &'a Script, flavor: Flavor) -> Result<Self> {
        let statements = script.statements(flavor);
        let (mut settings, mut units, mut rows) = (Vec::new(), Vec::new(), 0);
        let mut begun = None;
        for (index, statement) in statements.iter().enumerate() {
            let text = statement.text;
            match begun {
                Some(first) => {
                    if rules_transaction(text, flavor) {
                        units.push(Unit { statements: first..index + 1, settings: settings.len() });
                        begun = None;
                    }
                }
                None if rules_transaction(text, flavor) => begun = Some(index),
                None if is_rows(text, flavor) => rows += 1,
                None if sets(text, flavor) => settings.push(index),
                None => units.push(Unit { statements: index..index + 1, settings: settings.len() }),
            }
        }
        if let Some(first) = begun {
            return Err(Error::new(ErrorKind::Source, "the transaction that begins here is never ended")
                .at(script.place(&statements[first], None))
                .hint(format!("add COMMIT to {}, or take out BEGIN", script.file)));
        }
        Ok(Self { script, statements, settings, units, rows })
    }
}

/// A statement that brings rows and no schema: only the schema is wanted, and rows may be many.
pub(super) fn is_rows(sql: &str, flavor: Flavor) -> bool {
    let words = words(sql, flavor, 1);
    matches!(words.first().map(String::as_str), Some("INSERT" | "COPY" | "REPLACE"))
}

/// A statement that sets something for the session, so that it holds for all that follows in its file.
fn sets(sql: &str, flavor: Flavor) -> bool {
    let words = words(sql, flavor, 2);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["SET", "CONSTRAINTS" | "TRANSACTION" | "LOCAL"] => false,
        ["SET" | "RESET" | "DISCARD" | "PRAGMA", ..] => true,
        ["SELECT", ..] => sql.contains("set_config("),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_rows_and_blocks_are_told_apart() {
        let text = "SET a = 1; CREATE TABLE t (); INSERT INTO t VALUES (1); SELECT pg_catalog.set_config('search_path', '', false); \
                    BEGIN; CREATE TABLE u (); INSERT INTO u VALUES (2); COMMIT; CREATE VIEW v AS SELECT 1";
        let script = Script { file: "a.sql".into(), text: text.into(), directives: Default::default() };
        let sorted = Sorted::new(&script, Flavor::Postgres).unwrap();
        assert_eq!((sorted.settings, sorted.rows), (vec![0, 3], 1));
        let unit = |statements: Range<usize>, settings| Unit { statements, settings };
        assert_eq!(sorted.units, [unit(1..2, 1), unit(4..8, 2), unit(8..9, 2)]);
    }

    #[test]
    fn a_transaction_without_an_end_is_refused() {
        let script =
            Script { file: "a.sql".into(), text: "SELECT 1;\nBEGIN; SELECT 2".into(), directives: Default::default() };
        let error = Sorted::new(&script, Flavor::Postgres).err().unwrap();
        assert_eq!(error.place().unwrap().to_string(), "a.sql:2:1");
    }
}
