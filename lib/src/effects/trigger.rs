//! What hangs on a table: triggers, rules, policies.

use super::cursor::Cursor;
use super::query;
use super::sketch::Sketch;
use crate::plan::LockMode::{AccessExclusive, AccessShare, ShareRowExclusive};

/// `CREATE [CONSTRAINT] TRIGGER`, from that word on. Partitions get it too.
pub(super) fn create(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.skip_to("ON");
    let Some(table) = cursor.name().map(|name| sketch.known.resolve(&name)) else { return sketch.cannot_read(cursor) };
    sketch.lock_tree(&table, !sketch.known.is_partitioned(&table), ShareRowExclusive);
    if cursor.eat("FROM")
        && let Some(other) = cursor.name().map(|name| sketch.known.resolve(&name))
    {
        sketch.lock(&other, AccessShare);
    }
}

/// `CREATE RULE r AS ON … TO t DO …`, `CREATE POLICY p ON t …`, from that word on.
pub(super) fn create_rule(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let found = if cursor.eat("RULE") { cursor.skip_to("TO") } else { cursor.skip_to("ON") };
    let Some(table) = cursor.name().filter(|_| found) else { return sketch.cannot_read(cursor) };
    sketch.lock(&sketch.known.resolve(&table), AccessExclusive);
    query::parse(cursor.rest(), sketch);
}

/// `ALTER TRIGGER`, `ALTER RULE`, `ALTER POLICY`, from that word on.
pub(super) fn alter(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let found = cursor.skip_to("ON");
    let Some(table) = cursor.name().filter(|_| found) else { return sketch.cannot_read(cursor) };
    let table = sketch.known.resolve(&table);
    // Partitions' copies of a trigger follow since PostgreSQL 15.
    let follow = sketch.known.major >= 15 && sketch.known.is_partitioned(&table);
    sketch.lock_tree(&table, !follow, AccessExclusive);
    query::parse(cursor.rest(), sketch);
}

/// `DROP TRIGGER`, `DROP RULE`, `DROP POLICY`, behind that word. A partition's copies go with a trigger.
pub(super) fn drop(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let found = cursor.skip_to("ON");
    let Some(table) = cursor.name().filter(|_| found) else { return sketch.cannot_read(cursor) };
    if let Some(table) = sketch.known.find(&table) {
        sketch.lock_tree(&table, !sketch.known.is_partitioned(&table), AccessExclusive);
    }
}
