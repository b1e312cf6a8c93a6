//! Partitions and inheritance.

use super::constraint;
use super::cursor::Cursor;
use super::sketch::Sketch;
use crate::catalog::{Constraint, ConstraintKind, Name, Partition, Table};
use crate::plan::LockMode::{AccessExclusive, AccessShare, ShareRowExclusive, ShareUpdateExclusive};
use crate::plan::words::phrase;

/// `PARTITION OF parent …` of a new table, behind OF.
pub(super) fn of(cursor: &mut Cursor<'_, '_>, table: &mut Table, sketch: &mut Sketch<'_, '_>) {
    let Some(parent) = cursor.name().map(|parent| sketch.known.resolve(&parent)) else { return };
    sketch.lock(&parent, AccessExclusive);
    gains(&parent, sketch);
    table.partition_of = Some(Partition { parent, bound: bound(*cursor), detaching: false });
}

/// How the bound of a partition reads, as far as it matters.
fn bound(cursor: Cursor<'_, '_>) -> String {
    if cursor.has("DEFAULT") { "DEFAULT".to_owned() } else { phrase(cursor.rest()) }
}

/// A partitioned table gets a partition: rows of the default one are looked through, and foreign keys are made on both sides.
fn gains(parent: &Name, sketch: &mut Sketch<'_, '_>) {
    if let Some(default) = sketch.known.default_partition(parent) {
        sketch.lock_tree(&default, false, AccessExclusive);
        for one in sketch.known.descendants(&default).iter().chain([&default]) {
            sketch.scan(one, AccessExclusive);
        }
    }
    for other in sketch.known.referenced(parent).iter().chain(&sketch.known.referencing(parent)) {
        sketch.lock_tree(other, false, ShareRowExclusive);
    }
}

/// `ATTACH PARTITION`: the partition's rows are looked through, unless a valid check says what the bound does; only the server
/// can tell that.
pub(super) fn attach(parent: &Name, mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("ATTACH PARTITION");
    let Some(part) = cursor.name().map(|part| sketch.known.resolve(&part)) else { return sketch.suspect(parent) };
    sketch.lock(parent, ShareUpdateExclusive);
    // The bounds of all of them hold for the partition too.
    sketch.lock_all(&sketch.known.ancestors(parent), AccessShare);
    gains(parent, sketch);
    sketch.lock_tree(&part, false, AccessExclusive);
    for one in sketch.known.descendants(&part).iter().chain([&part]) {
        let checked = sketch.known.table(one).is_some_and(|table| {
            table.constraints.iter().any(|one| one.kind == ConstraintKind::Check && one.validated && one.enforced)
        });
        if !checked || sketch.known.default_partition(parent).is_none() {
            sketch.scan(one, AccessExclusive);
        }
    }
    let keys: Vec<Constraint> = sketch.known.table(parent).into_iter().flat_map(Table::foreign_keys).cloned().collect();
    let below: Vec<Name> = sketch.known.descendants(&part).into_iter().chain([part.clone()]).collect();
    keys.iter().for_each(|key| constraint::joins(key, &below, sketch));
    let place = Partition { parent: parent.clone(), bound: bound(cursor), detaching: false };
    sketch.known.change(&part, |table| table.partition_of = Some(place));
}

/// `DETACH PARTITION`.
pub(super) fn detach(parent: &Name, mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("DETACH PARTITION");
    let Some(part) = cursor.name().map(|part| sketch.known.resolve(&part)) else { return sketch.suspect(parent) };
    let gentle = cursor.eat("CONCURRENTLY") || cursor.eat("FINALIZE");
    sketch.lock(parent, if gentle { ShareUpdateExclusive } else { AccessExclusive });
    sketch.lock_tree(&part, false, AccessExclusive);
    if let Some(default) = sketch.known.default_partition(parent) {
        sketch.lock(&default, AccessExclusive);
    }
    for other in sketch.known.referenced(&part).into_iter().chain(sketch.known.referenced(parent)) {
        sketch.lock_tree(&other, false, AccessExclusive);
    }
    for other in sketch.known.referencing(&part).into_iter().chain(sketch.known.referencing(parent)) {
        sketch.scan(&other, AccessExclusive);
    }
    sketch.known.change(&part, |table| table.partition_of = None);
}

/// `INHERIT parent`, `NO INHERIT parent`.
pub(super) fn inherit(child: &Name, mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let leaves = cursor.eat("NO");
    if !cursor.eat("INHERIT") {
        return sketch.suspect(child);
    }
    let Some(parent) = cursor.name().map(|parent| sketch.known.resolve(&parent)) else { return sketch.suspect(child) };
    sketch.lock(child, AccessExclusive);
    sketch.lock(&parent, if leaves { AccessShare } else { ShareUpdateExclusive });
    sketch.lock_all(&sketch.known.descendants(child), AccessShare);
    sketch.known.change(child, |table| match leaves {
        true => table.inherits.retain(|one| *one != parent),
        false => table.inherits.push(parent),
    });
}
