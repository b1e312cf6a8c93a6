//! What tables that are restored alone need, and a database may have already: it is used as it is, and nothing is done to it.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::archive::toc::Entry;
use crate::engine::{Session, first_cell};
use crate::error::{Error, Result};
use crate::sql::literal;

use super::select::Selection;
use super::text::shown;
use super::work::{TableName, name_of};

/// What may be there already, and what has turned out to be.
pub(super) struct Lent<'a> {
    /// Entries by their places in the table of contents.
    may: &'a BTreeSet<usize>,
    /// Those that were asked for.
    asked: &'a BTreeSet<usize>,
    found: Mutex<Found>,
}

/// Entries by their numbers.
#[derive(Default)]
struct Found {
    there: BTreeSet<i32>,
    made: BTreeSet<i32>,
    /// Tables that are there, by name: not every load of rows depends on its table.
    tables: BTreeSet<TableName>,
}

impl<'a> Lent<'a> {
    /// Into a database as it is: what `selection` needs is made where it is not there.
    pub(super) fn new(selection: &'a Selection) -> Self {
        Self { may: &selection.lent, asked: &selection.asked, found: Mutex::default() }
    }

    /// Into a new database, which has nothing.
    pub(super) fn none() -> Self {
        static NOTHING: BTreeSet<usize> = BTreeSet::new();
        Self { may: &NOTHING, asked: &NOTHING, found: Mutex::default() }
    }

    /// Whether the entry at this place may be there.
    pub(super) fn may_be_there(&self, at: usize) -> bool {
        self.may.contains(&at)
    }

    /// Whether the entry at this place is about what was there before us alone: its rights, comments, indexes are not ours to give.
    pub(super) fn is_others(&self, at: usize, entry: &Entry) -> bool {
        if self.may.contains(&at) || self.asked.contains(&at) {
            return false;
        }
        let mut found = self.found();
        if entry.kind == "TABLE DATA" {
            return found.tables.contains(&name_of(entry));
        }
        let about = |some: &BTreeSet<i32>| entry.dependencies.iter().any(|id| some.contains(id));
        let others = about(&found.there) && !about(&found.made);
        if others {
            found.there.insert(entry.id);
        }
        others
    }

    /// Whether the table was there before us: its rows are not compared.
    pub(super) fn has_table(&self, name: &TableName) -> bool {
        self.found().tables.contains(name)
    }

    /// It was there.
    pub(super) fn there(&self, entry: &Entry) {
        let mut found = self.found();
        found.there.insert(entry.id);
        if entry.kind == "TABLE" {
            found.tables.insert(name_of(entry));
        }
    }

    /// We have made it.
    pub(super) fn made(&self, entry: &Entry) {
        if !self.may.is_empty() {
            self.found().made.insert(entry.id);
        }
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the database has the schema or extension of `entry`: making one takes a right that nobody needs who finds it there.
pub(super) async fn is_there(session: &mut dyn Session, entry: &Entry) -> Result<bool> {
    let (catalog, column) = match entry.kind.as_str() {
        "SCHEMA" => ("pg_namespace", "nspname"),
        "EXTENSION" => ("pg_extension", "extname"),
        _ => return Ok(false),
    };
    let name = literal(&shown(&entry.tag));
    let sql = format!("SELECT EXISTS (SELECT FROM pg_catalog.{catalog} WHERE {column} = {name})::text");
    Ok(first_cell(&session.query(&sql).await?) == Some("true"))
}

/// Whether the server has refused to make something because it is there: an object, a function, a table, and what has no code of
/// its own for that.
pub(super) fn says_so(error: &Error) -> bool {
    matches!(error.sqlstate(), Some("42710" | "42723" | "42P07" | "42P06" | "23505"))
}
