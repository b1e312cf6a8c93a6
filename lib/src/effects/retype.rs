//! A column gets another type.

use super::column::{change, sequences};
use super::cursor::{Cursor, identifier};
use super::data_type::Type;
use super::definition::take_type;
use super::sketch::Sketch;
use crate::catalog::{Constraint, ConstraintKind, Name};
use crate::plan::LockMode::AccessExclusive;
use crate::plan::Work;
use crate::plan::words::{Word, phrase, significant};
use crate::sql::Flavor;

/// `ALTER COLUMN … TYPE …`, behind TYPE.
pub(super) fn retype(table: &Name, column: &str, cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let (type_words, options) = take_type(cursor.rest());
    let new = Type::of(type_words);
    let old = sketch.known.table(table).and_then(|table| table.column(column)).map(|one| Type::parse(&one.data_type));
    let known = &*sketch.known;
    let keeps =
        old.as_ref().is_some_and(|old| old.keeps_values_as(&new, known)) && !computes(options, column, type_words);
    let alike = old.as_ref().is_some_and(|old| old.sorts_like(&new, known));
    let sorts_anew = Cursor::new(options).has("COLLATE") || !alike || is_share(table, sketch);
    let indexes = indexes_with(table, column, sketch);
    for index in &indexes {
        sketch.lock(index, AccessExclusive);
        if keeps && sorts_anew {
            sketch.work(index, Work::Rewrites);
        }
    }
    let checked = sketch.known.table(table).is_some_and(|table| {
        table
            .constraints
            .iter()
            .any(|one| one.kind == ConstraintKind::Check && one.columns.iter().any(|one| one == column))
    });
    match keeps {
        false => sketch.rewrite(table),
        true if checked => sketch.work(table, Work::Scans),
        true if sorts_anew && !indexes.is_empty() => sketch.work(table, Work::Scans),
        true => {}
    }
    other_ends(table, column, sketch);
    sketch.lock_all(&sequences(table, column, sketch), AccessExclusive);
    change(table, column, sketch, |one| one.data_type = phrase(type_words));
}

/// Whether the indexes of a table are shares of those of a partitioned one, which are always built anew.
fn is_share(table: &Name, sketch: &Sketch<'_, '_>) -> bool {
    sketch.known.table(table).is_some_and(|table| table.partition_of.is_some())
}

/// The indexes in which a column is.
fn indexes_with(table: &Name, column: &str, sketch: &Sketch<'_, '_>) -> Vec<Name> {
    let mentions = |sql: &String| {
        let words = significant(sql, Flavor::Postgres);
        words.iter().filter_map(identifier).any(|name| name == column)
    };
    let with_it = |index: &Name| {
        let known = sketch.known.table(table).and_then(|table| table.index(&index.name));
        known.is_none_or(|one| one.columns.iter().chain(&one.include).chain(&one.predicate).any(mentions))
    };
    sketch.known.indexes(table).into_iter().filter(with_it).collect()
}

/// Foreign keys with the column are taken away and made again, on both sides.
fn other_ends(table: &Name, column: &str, sketch: &mut Sketch<'_, '_>) {
    let keys = sketch.known.table(table).into_iter().flat_map(|table| table.foreign_keys());
    let with_it = keys.filter(|key| key.columns.is_empty() || key.columns.iter().any(|one| one == column));
    let mut others: Vec<Name> = with_it.filter_map(|key| key.references.as_ref()).map(|to| to.table.clone()).collect();
    for other in sketch.known.referencing(table) {
        let mut keys = sketch.known.table(&other).into_iter().flat_map(|other| other.foreign_keys());
        let hits = |key: &Constraint| {
            key.references.as_ref().is_some_and(|to| {
                to.table == *table && (to.columns.is_empty() || to.columns.iter().any(|one| one == column))
            })
        };
        if keys.any(hits) {
            others.push(other);
        }
    }
    for other in others {
        sketch.lock_tree(&other, false, AccessExclusive);
        sketch.work(&other, Work::Scans);
        if sketch.known.is_partitioned(&other) {
            continue;
        }
        sketch.work(table, Work::Scans);
    }
}

/// Whether USING gives anything but the column itself, perhaps cast to the new type.
fn computes(options: &[Word<'_>], column: &str, new: &[Word<'_>]) -> bool {
    let mut using = Cursor::new(options);
    if !using.skip_to("USING") {
        return false;
    }
    let is_column = using.identifier().is_some_and(|name| name == column);
    let cast = using.punct(":") && using.punct(":");
    !is_column || !(using.is_empty() || (cast && phrase(using.rest()) == phrase(new)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn using_that_computes_nothing() {
        let check = |sql: &str, expected| {
            let words = significant(sql, Flavor::Postgres);
            let (new, options) = take_type(&words);
            assert_eq!(computes(options, "a", new), expected, "{sql}");
        };
        check("text", false);
        check("text USING a", false);
        check("text USING a::text", false);
        check("text USING a::varchar", true);
        check("text USING lower(a)", true);
    }
}
