//! How a column's values are kept and counted: storage, compression, statistics, options.

use super::column::on_own_column;
use super::{not_null, options};
use crate::catalog::{Column, Storage, Table};
use crate::diff::change::Statement;
use crate::diff::side::Side;

/// What no definition of a column takes on every version: storage, compression, statistics, options; a NOT NULL that has not been
/// checked.
pub(super) fn set_aspects(table: &Table, column: &Column, to: &Side<'_>) -> Vec<Statement> {
    let aspects = own_aspects(table, (&Column::default(), column), to);
    not_null::unchecked(table, column).into_iter().chain(aspects).collect()
}

/// What makes the storage, compression, statistics and options of `old` those of `new`, a table's columns.
pub(super) fn own_aspects(table: &Table, (old, new): (&Column, &Column), to: &Side<'_>) -> Vec<Statement> {
    aspects(old, new).iter().map(|action| on_own_column(table, new, to, action)).collect()
}

/// How values of a type that can be long are kept by themselves; `DEFAULT` is known only from PostgreSQL 16 on.
fn usual_storage(data_type: &str) -> &'static str {
    match data_type.split('(').next().unwrap_or_default() {
        "numeric" | "inet" | "cidr" => "MAIN",
        _ => "EXTENDED",
    }
}

pub(super) fn aspects(old: &Column, new: &Column) -> Vec<String> {
    let mut actions = Vec::new();
    if old.storage != new.storage {
        let word = match new.storage {
            Some(Storage::Plain) => "PLAIN",
            Some(Storage::External) => "EXTERNAL",
            Some(Storage::Main) => "MAIN",
            Some(Storage::Extended) => "EXTENDED",
            None => usual_storage(&new.data_type),
        };
        actions.push(format!("SET STORAGE {word}"));
    }
    if old.compression != new.compression {
        actions.push(format!("SET COMPRESSION {}", new.compression.as_deref().unwrap_or("DEFAULT")));
    }
    if old.statistics != new.statistics {
        actions.push(format!("SET STATISTICS {}", new.statistics.unwrap_or(-1)));
    }
    actions.extend(options::set_and_reset(&old.options, &new.options));
    actions
}
