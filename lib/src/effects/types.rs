//! Types that are changed, and the tables that use them.

use super::cursor::Cursor;
use super::known::Kind;
use super::sketch::Sketch;
use crate::catalog::{Name, ObjectId, ObjectKind};
use crate::plan::LockMode::{self, AccessExclusive, Share, ShareUpdateExclusive};

/// `CREATE TYPE`, `CREATE DOMAIN`, from that word on.
pub(super) fn create(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let composite = cursor.eat("TYPE");
    if !composite {
        return;
    }
    if let Some(name) =
        cursor.name().filter(|_| cursor.eat("AS") && cursor.rest().first().is_some_and(|word| word.text == "("))
    {
        sketch.make(&name, Kind::Composite);
    }
}

/// `ALTER TYPE`, from TYPE on. A composite type is a relation of its own, and tables made of it change with it.
pub(super) fn alter_type(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("TYPE");
    let Some(name) = cursor.name().map(|name| sketch.known.resolve(&name)) else { return sketch.cannot_read(cursor) };
    if !matches!(sketch.known.get(&name).map(|one| &one.kind), Some(Kind::Composite)) {
        return;
    }
    let attributes = ["ADD ATTRIBUTE", "DROP ATTRIBUTE", "ALTER ATTRIBUTE", "RENAME ATTRIBUTE"];
    sketch.lock(&name, AccessExclusive);
    if attributes.iter().any(|words| cursor.has(words)) {
        for table in users(&name, sketch) {
            if sketch.known.table(&table).is_some_and(|table| table.of_type.as_ref() == Some(&name)) {
                sketch.lock_tree(&table, false, AccessExclusive);
            }
        }
    }
    super::table::moved(&name, cursor, sketch);
}

/// `ALTER DOMAIN`, from DOMAIN on: a new condition is checked on every row of every table that has the domain.
pub(super) fn alter_domain(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("DOMAIN");
    let Some(written) = cursor.name() else { return sketch.cannot_read(cursor) };
    let domains = &sketch.known.catalog.domains;
    let same =
        |name: &Name| name.name == written.name && written.schema.as_ref().is_none_or(|schema| *schema == name.schema);
    let Some(domain) = domains.iter().map(|domain| domain.name.clone()).find(same) else { return };
    let lock: LockMode = match () {
        () if cursor.eat("VALIDATE CONSTRAINT") && sketch.known.major >= 17 => ShareUpdateExclusive,
        () if cursor.eat("ADD") && cursor.has("NOT VALID") => return,
        () if cursor.eat("DROP") || cursor.eat("RENAME") || cursor.eat("OWNER") => return,
        () if cursor.eat("SET") && cursor.key() != "NOT" => return,
        () => Share,
    };
    for table in users(&domain, sketch) {
        sketch.scan(&table, lock);
    }
}

/// The tables that have the type `name` somewhere in their columns, through other types too.
fn users(name: &Name, sketch: &Sketch<'_, '_>) -> Vec<Name> {
    let known = &sketch.known;
    let ids = [ObjectKind::Type, ObjectKind::Domain].map(|kind| ObjectId::of(kind, name));
    let found = ids.into_iter().flat_map(|id| known.falls_with(id));
    let columns = found.filter(|id| matches!(id.kind, ObjectKind::Column | ObjectKind::Table));
    let mut tables: Vec<Name> = columns.filter_map(|id| known.now(&id.qualified())).collect();
    tables.retain(|table| known.table(table).is_some());
    tables.sort();
    tables.dedup();
    tables
}
