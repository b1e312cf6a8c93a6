//! Where in a dump a row stands that a database has refused as a whole.

use std::io::{BufRead, BufReader};

use super::load::{Again, OnConflict, PlannedTable};
use crate::error::{Error, Place};
use crate::portable::Value;

/// Characters of a line that are shown.
const SHOWN: usize = 200;

/// The place of a line whose number is known; with its text where the file can be read.
pub(super) fn place(file: &str, line: u64) -> Place {
    let number = usize::try_from(line).unwrap_or(usize::MAX);
    let text = std::fs::File::open(file)
        .ok()
        .and_then(|open| BufReader::new(open).lines().nth(number.saturating_sub(1))?.ok());
    let text = text.unwrap_or_default().chars().take(SHOWN).collect();
    Place { file: file.to_owned(), line: number, column: 1, text }
}

/// `error`, which is of a key of `table` that leads nowhere, with the first row of the dump that has it: `columns` have the values
/// of `key`, one after the other as PostgreSQL lists them.
pub(super) fn orphan(error: Error, dump: &Again, table: &PlannedTable, columns: &[String], key: &str) -> Error {
    let name = table.full_name();
    let to = if key.is_empty() { "a row" } else { key };
    let refers =
        format!("a row of {name} refers with {} to {to}, which is not there and does not come", columns.join(", "));
    let error =
        error.context(refers).hint("dump the tables that it refers to as well, or load them first: mainstay data dump");
    match row_with(dump, table, columns, key) {
        Some(place) => error.at(place),
        None => error,
    }
}

/// `error`, which is of a key that is there already, with what can be done about it.
pub(super) fn there_already(error: Error, dump: &Again, conflict: OnConflict) -> Error {
    let command = if matches!(dump, Again::Never) { "mainstay data copy FROM TO" } else { "mainstay data load DUMP" };
    let skip = format!("leave rows that are there already: {command} --on-conflict skip");
    match conflict {
        // Rows were found by the table's key, and another one is in the way.
        OnConflict::Update => error.hint(skip),
        _ => error.hint(skip).hint(format!("or give them the dump's values: {command} --on-conflict update")),
    }
}

/// The first row of `table` in the dump that has nothing in `column`.
pub(super) fn empty(dump: &Again, table: &PlannedTable, column: &str) -> Option<Place> {
    let at = table.columns.iter().position(|one| one.name == column)?;
    dump.find(table.place, |values| values.get(at) == Some(&Value::Null))
}

/// The first row of `table` in the dump whose `columns` have the values of `key`, one after the other as PostgreSQL lists them.
pub(super) fn row_with(dump: &Again, table: &PlannedTable, columns: &[String], key: &str) -> Option<Place> {
    let places: Vec<usize> =
        columns.iter().map(|column| table.columns.iter().position(|one| one.name == *column)).collect::<Option<_>>()?;
    dump.find(table.place, |values| {
        let texts: Vec<String> = places.iter().filter_map(|at| values.get(*at)).map(shown).collect();
        texts.join(", ") == key
    })
}

fn shown(value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => if *truth { "t" } else { "f" }.to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Bytes(bytes) => bytes.iter().fold("\\x".to_owned(), |text, byte| format!("{text}{byte:02x}")),
    }
}
