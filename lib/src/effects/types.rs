//! Types that are changed, and the tables that use them.

use super::cursor::Cursor;
use super::data_type::Type;
use super::definition::{take_expression, take_type};
use super::known::Kind;
use super::sketch::Sketch;
use crate::catalog::{Domain, DomainConstraint, Name, ObjectId, ObjectKind};
use crate::plan::LockMode::{self, AccessExclusive, Share, ShareUpdateExclusive};
use crate::plan::words::phrase;

/// `CREATE TYPE`, `CREATE DOMAIN`, from that word on.
pub(super) fn create(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    if cursor.eat("DOMAIN") {
        return create_domain(cursor, sketch);
    }
    cursor.eat("TYPE");
    if let Some(name) =
        cursor.name().filter(|_| cursor.eat("AS") && cursor.rest().first().is_some_and(|word| word.text == "("))
    {
        sketch.make(&name, Kind::Composite);
    }
}

fn create_domain(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let Some(name) = cursor.name().map(|name| sketch.known.place(&name)) else { return sketch.cannot_read(cursor) };
    cursor.eat("AS");
    let (type_words, options) = take_type(cursor.rest());
    let beneath = Type::of(type_words);
    let data_type = beneath.qualified(sketch.known).unwrap_or_else(|| phrase(type_words));
    // It takes over the default that is there now.
    let default = beneath.default(sketch.known).map(str::to_owned);
    let mut domain = Domain { name, data_type, default, ..Domain::default() };
    ask(&mut domain, Cursor::new(options));
    sketch.known.set_domain(domain);
}

/// Gives `domain` the default and the conditions that `options` say.
fn ask(domain: &mut Domain, options: Cursor<'_, '_>) {
    let mut default = options;
    if default.skip_to("DEFAULT") {
        domain.default = Some(phrase(take_expression(default.rest())));
    }
    domain.not_null |= options.has("NOT NULL");
    if options.has("CHECK") {
        domain.constraints.push(DomainConstraint::default());
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
    let Some(domain) = sketch.known.domain((written.schema.as_deref(), &written.name)).cloned() else { return };
    become_(&domain, cursor, sketch);
    let domain = domain.name;
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

/// Notes what the domain is from now on. What is dropped of its conditions may be told as if it were still there.
fn become_(domain: &Domain, mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let name = &domain.name;
    if cursor.eat("RENAME TO") {
        let to = cursor.identifier().unwrap_or_default();
        return sketch.known.rename_domain(name, Name::new(&*name.schema, to));
    }
    if cursor.eat("SET SCHEMA") {
        let to = cursor.identifier().unwrap_or_default();
        return sketch.known.rename_domain(name, Name::new(to, &*name.name));
    }
    let mut changed = domain.clone();
    if cursor.eat("DROP DEFAULT") {
        changed.default = None;
    } else if cursor.eat("DROP NOT NULL") {
        changed.not_null = false;
    } else if cursor.eat("ADD") || cursor.eat("SET") {
        ask(&mut changed, cursor);
    }
    sketch.known.set_domain(changed);
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
