//! DROP.

use super::cursor::{Cursor, Written};
use super::known::Known;
use super::sketch::Sketch;
use super::{index, trigger};
use crate::catalog::{Name, ObjectId, ObjectKind};
use crate::plan::LockMode::AccessExclusive;

/// Relations, by their word in SQL.
const RELATIONS: &[&str] = &["TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE"];

/// Objects that are no relations, and the kinds that the catalog may call them. Only what goes with them is locked.
const OTHERS: &[(&str, &[ObjectKind])] = &[
    ("SCHEMA", &[ObjectKind::Schema]),
    ("TYPE", &[ObjectKind::Type, ObjectKind::Domain]),
    ("DOMAIN", &[ObjectKind::Domain]),
    ("EXTENSION", &[ObjectKind::Extension]),
    ("COLLATION", &[ObjectKind::Collation]),
    ("FUNCTION", &[ObjectKind::Function]),
    ("PROCEDURE", &[ObjectKind::Procedure]),
    ("ROUTINE", &[ObjectKind::Function, ObjectKind::Procedure, ObjectKind::Aggregate]),
    ("AGGREGATE", &[ObjectKind::Aggregate]),
    ("TEXT SEARCH CONFIGURATION", &[ObjectKind::TextSearchConfiguration]),
    ("TEXT SEARCH DICTIONARY", &[ObjectKind::TextSearchDictionary]),
    ("TEXT SEARCH PARSER", &[ObjectKind::TextSearchParser]),
    ("TEXT SEARCH TEMPLATE", &[ObjectKind::TextSearchTemplate]),
    ("SERVER", &[ObjectKind::Server]),
    ("FOREIGN DATA WRAPPER", &[ObjectKind::ForeignDataWrapper]),
    ("LANGUAGE", &[ObjectKind::Language]),
    ("PROCEDURAL LANGUAGE", &[ObjectKind::Language]),
    ("ACCESS METHOD", &[ObjectKind::AccessMethod]),
];

/// Objects on which no relation depends, or that the whole cluster has.
const HARMLESS: &[&str] = &[
    "CONVERSION",
    "DATABASE",
    "EVENT TRIGGER",
    "GROUP",
    "PUBLICATION",
    "ROLE",
    "SUBSCRIPTION",
    "TABLESPACE",
    "TRANSFORM",
    "USER",
];

/// `DROP …`, behind DROP.
pub(super) fn drop(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    if HARMLESS.iter().any(|kind| cursor.eat(kind)) {
        return;
    }
    match cursor.key() {
        "INDEX" => {
            cursor.eat("INDEX");
            return index::drop(cursor, sketch);
        }
        "TRIGGER" | "RULE" | "POLICY" => return trigger::drop(cursor, sketch),
        "STATISTICS" => {
            cursor.eat("STATISTICS");
            cursor.eat("IF EXISTS");
            return cursor.names().iter().for_each(|(name, _)| index::statistics(name, sketch));
        }
        _ => {}
    }
    if RELATIONS.iter().any(|kind| cursor.eat(kind)) {
        cursor.eat("IF EXISTS");
        for (name, _) in cursor.names() {
            if let Some(name) = sketch.known.find(&name) {
                relation(&name, sketch);
            }
        }
        return;
    }
    let Some((_, kinds)) = OTHERS.iter().find(|(word, _)| cursor.eat(word)) else {
        // Operators and casts, which are named in their own way; what depends on them is a matter of CASCADE.
        if cursor.has("CASCADE") || cursor.key() == "OWNED" {
            sketch.unknown();
        }
        return;
    };
    cursor.eat("IF EXISTS");
    let names = cursor.names();
    // Without CASCADE nothing else goes, but for what an extension brought.
    let cascades = cursor.has("CASCADE") || kinds.contains(&ObjectKind::Extension);
    for (written, _) in names {
        if kinds.contains(&ObjectKind::Schema) {
            for name in sketch.known.in_schema(&written.name) {
                relation(&name, sketch);
            }
        }
        for id in ids(&written, kinds, sketch.known) {
            for fallen in if cascades { sketch.known.falls_with(id.clone()) } else { Vec::new() } {
                sketch.falls(&fallen);
            }
            sketch.falls(&id);
        }
    }
}

/// The objects that a name may mean: routines of that name, whatever their arguments are.
fn ids(written: &Written, kinds: &[ObjectKind], known: &Known<'_>) -> Vec<ObjectId> {
    let is = |id: &&ObjectId| {
        kinds.contains(&id.kind)
            && id.name == written.name
            && written.schema.as_ref().is_none_or(|schema| *schema == id.schema)
    };
    let mut ids: Vec<ObjectId> =
        known.catalog.dependencies.iter().map(|(_, needed)| needed).filter(is).cloned().collect();
    ids.sort();
    ids.dedup();
    // A composite type is locked itself, whether anything needs it or not.
    let composite = ObjectId::of(ObjectKind::Type, &known.resolve(written));
    if kinds.contains(&ObjectKind::Type) && !ids.contains(&composite) {
        ids.push(composite);
    }
    ids
}

/// A table, view or sequence goes, with all that cannot be without it.
pub(super) fn relation(name: &Name, sketch: &mut Sketch<'_, '_>) {
    let all: Vec<Name> = sketch.known.descendants(name).into_iter().chain([name.clone()]).collect();
    for one in &all {
        sketch.lock(one, AccessExclusive);
        sketch.lock_all(&sketch.known.indexes(one), AccessExclusive);
        sketch.lock_all(&sketch.known.sequences(one), AccessExclusive);
        for other in sketch.known.referenced(one) {
            sketch.lock_tree(&other, false, AccessExclusive);
        }
        sketch.lock_all(&sketch.known.referencing(one), AccessExclusive);
        for fallen in sketch.known.falls_with(sketch.known.id(one)) {
            sketch.falls(&fallen);
        }
    }
    let parent = sketch.known.table(name).and_then(|table| table.partition_of.as_ref()).map(|part| part.parent.clone());
    if let Some(parent) = parent {
        sketch.lock(&parent, AccessExclusive);
        if let Some(default) = sketch.known.default_partition(&parent) {
            sketch.lock(&default, AccessExclusive);
        }
    }
    all.iter().for_each(|one| sketch.known.remove(one));
}
