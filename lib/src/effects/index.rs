//! Indexes, and extended statistics.

use super::cursor::{Cursor, Written};
use super::known::Kind;
use super::sketch::Sketch;
use crate::catalog::Name;
use crate::plan::LockMode::{AccessExclusive, AccessShare, Share, ShareUpdateExclusive};
use crate::plan::{LockMode, Work};

/// `CREATE INDEX`, from UNIQUE or INDEX on.
pub(super) fn create(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("UNIQUE");
    cursor.eat("INDEX");
    let concurrently = cursor.eat("CONCURRENTLY");
    cursor.eat("IF NOT EXISTS");
    let name = if cursor.key() == "ON" { None } else { cursor.name() };
    cursor.eat("ON");
    let only = cursor.eat("ONLY");
    let Some(table) = cursor.name().map(|table| sketch.known.resolve(&table)) else {
        return sketch.cannot_read(cursor);
    };
    let lock = if concurrently { ShareUpdateExclusive } else { Share };
    sketch.lock_tree(&table, only, lock);
    let tables = if only { vec![table.clone()] } else { with_descendants(&table, sketch) };
    tables.iter().for_each(|table| sketch.work(table, Work::Scans));
    if let Some(name) = name {
        sketch.make(&Written { schema: Some(table.schema.clone()), name: name.name }, Kind::Index { of: table });
    }
}

fn with_descendants(table: &Name, sketch: &Sketch<'_, '_>) -> Vec<Name> {
    sketch.known.descendants(table).into_iter().chain([table.clone()]).collect()
}

/// What `ALTER INDEX` locks the index with; everything else locks it against everybody.
const FORMS: &[(&str, LockMode)] =
    &[("RENAME TO", ShareUpdateExclusive), ("ALTER", ShareUpdateExclusive), ("ATTACH PARTITION", ShareUpdateExclusive)];

/// Storage parameters that can be set while others write.
const GENTLE: &[&str] = &["FILLFACTOR", "DEDUPLICATE_ITEMS"];

/// `ALTER INDEX`, from INDEX on.
pub(super) fn alter(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("INDEX");
    if cursor.eat("ALL IN TABLESPACE") {
        return sketch.unknown();
    }
    cursor.eat("IF EXISTS");
    let Some(index) = cursor.name().map(|name| sketch.known.resolve(&name)) else { return sketch.cannot_read(cursor) };
    let form = FORMS.iter().find(|(words, _)| {
        let mut here = cursor;
        here.eat(words)
    });
    let gentle = matches!(cursor.key(), "SET" | "RESET") && is_gentle(cursor);
    sketch.lock(&index, form.map_or(if gentle { ShareUpdateExclusive } else { AccessExclusive }, |(_, lock)| *lock));
    if cursor.eat("RENAME TO") {
        if let Some(new) = cursor.identifier() {
            sketch.known.rename(&index, Name::new(&*index.schema, new));
        }
    } else if cursor.eat("ATTACH PARTITION") {
        if let Some(part) = cursor.name().map(|name| sketch.known.resolve(&name)) {
            sketch.lock(&part, AccessExclusive);
            for of in [&index, &part] {
                if let Some(table) = sketch.known.table_of_index(of) {
                    sketch.lock(&table, AccessShare);
                }
            }
        }
    } else if cursor.eat("SET TABLESPACE") {
        sketch.work(&index, Work::Rewrites);
    }
}

/// `SET (fillfactor = 70)`: whether every parameter is a gentle one.
fn is_gentle(mut cursor: Cursor<'_, '_>) -> bool {
    cursor.eat_any(&["SET", "RESET"]);
    let parameters = cursor.group();
    !parameters.is_empty() && super::cursor::list(parameters).all(|one| GENTLE.contains(&one[0].key.as_str()))
}

/// `DROP INDEX`, behind INDEX.
pub(super) fn drop(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let concurrently = cursor.eat("CONCURRENTLY");
    cursor.eat("IF EXISTS");
    for (name, _) in cursor.names() {
        let Some(index) = sketch.known.find(&name) else { continue };
        sketch.lock(&index, AccessExclusive);
        if let Some(table) = sketch.known.table_of_index(&index) {
            let lock = if concurrently { ShareUpdateExclusive } else { AccessExclusive };
            sketch.lock_tree(&table, false, lock);
            if !concurrently {
                falls(&index, sketch);
            }
        }
        sketch.known.remove(&index);
    }
}

/// The shares of a partitioned table's index, and what needs it.
fn falls(index: &Name, sketch: &mut Sketch<'_, '_>) {
    for fallen in sketch.known.falls_with(sketch.known.id(index)) {
        sketch.falls(&fallen);
    }
}

/// `REINDEX`: the indexes are written again, while their table can be read.
pub(super) fn reindex(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.group();
    let kind = cursor.key();
    cursor.eat(kind);
    let concurrently = cursor.eat("CONCURRENTLY");
    let (tables, indexes) = match (kind, cursor.name()) {
        ("INDEX", Some(name)) => {
            let index = sketch.known.resolve(&name);
            (sketch.known.table_of_index(&index).into_iter().collect(), vec![index])
        }
        ("TABLE", Some(name)) => {
            let table = sketch.known.resolve(&name);
            let tables = with_descendants(&table, sketch);
            let indexes = tables.iter().flat_map(|table| sketch.known.indexes(table)).collect();
            (tables, indexes)
        }
        _ => return sketch.unknown(),
    };
    let lock = if concurrently { ShareUpdateExclusive } else { Share };
    tables.iter().for_each(|table| sketch.scan(table, lock));
    for index in indexes {
        sketch.lock(&index, AccessExclusive);
        sketch.work(&index, Work::Rewrites);
    }
}

/// `CREATE STATISTICS s ON … FROM t`.
pub(super) fn create_statistics(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.skip_to("FROM");
    match cursor.name().map(|name| sketch.known.resolve(&name)) {
        Some(table) => sketch.lock(&table, ShareUpdateExclusive),
        None => sketch.cannot_read(cursor),
    }
}

/// Extended statistics are dropped under a lock of their table.
pub(super) fn statistics(written: &Written, sketch: &mut Sketch<'_, '_>) {
    let same =
        |name: &Name| name.name == written.name && written.schema.as_ref().is_none_or(|schema| *schema == name.schema);
    let tables: Vec<Name> =
        sketch.known.catalog.statistics.iter().filter(|one| same(&one.name)).map(|one| one.table.clone()).collect();
    for table in tables.iter().filter_map(|was| sketch.known.now(was)).collect::<Vec<_>>() {
        sketch.lock(&table, ShareUpdateExclusive);
    }
}
