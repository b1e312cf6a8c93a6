//! Sequences, publications, schemas, extensions, comments, and settings that change what a name means.

use super::cursor::{Cursor, Written, identifier, list};
use super::known::{Kind, Known};
use super::sketch::Sketch;
use super::table;
use crate::plan::LockMode::{AccessExclusive, AccessShare, ShareRowExclusive, ShareUpdateExclusive};
use crate::sql::TokenKind;

/// `SET …`, behind SET; whether it was one of those that matter here.
pub(super) fn setting(mut cursor: Cursor<'_, '_>, known: &mut Known<'_>) -> bool {
    cursor.eat_any(&["LOCAL", "SESSION"]);
    let name = cursor.identifier().unwrap_or_default();
    cursor.eat("TO");
    cursor.punct("=");
    let values = list(cursor.rest()).filter_map(|one| match one[0].kind {
        TokenKind::String => Some(one[0].text.trim_matches('\'').to_owned()),
        _ => identifier(&one[0]),
    });
    match name.as_str() {
        "search_path" => known.set_path(values.collect()),
        "check_function_bodies" => {
            let values: Vec<String> = values.collect();
            known.checks_bodies = !matches!(values.first().map(String::as_str), Some("off" | "false" | "0" | "no"));
        }
        _ => return false,
    }
    true
}

/// `CREATE SEQUENCE`, from SEQUENCE on.
pub(super) fn create_sequence(mut cursor: Cursor<'_, '_>, temporary: bool, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("SEQUENCE");
    cursor.eat("IF NOT EXISTS");
    let Some(name) = cursor.name() else { return sketch.cannot_read(cursor) };
    let owner = owned_by(cursor, sketch);
    if let Some(table) = &owner {
        sketch.lock(&sketch.known.resolve(table), AccessShare);
    }
    if !temporary {
        let owner = owner.map(|table| sketch.known.resolve(&table));
        sketch.make(&name, Kind::Sequence { owner });
    }
}

/// `ALTER SEQUENCE`, from SEQUENCE on.
pub(super) fn alter_sequence(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("SEQUENCE");
    cursor.eat("IF EXISTS");
    let Some(name) = cursor.name().map(|name| sketch.known.resolve(&name)) else { return sketch.cannot_read(cursor) };
    let whole = ["RENAME", "OWNER TO", "SET"].iter().any(|words| {
        let mut here = cursor;
        here.eat(words)
    });
    sketch.lock(&name, if whole { AccessExclusive } else { ShareRowExclusive });
    if let Some(table) = owned_by(cursor, sketch) {
        sketch.lock(&sketch.known.resolve(&table), AccessShare);
    }
    table::moved(&name, cursor, sketch);
}

/// The table of `OWNED BY table.column`.
fn owned_by(mut cursor: Cursor<'_, '_>, sketch: &Sketch<'_, '_>) -> Option<Written> {
    if !cursor.skip_to("OWNED BY") {
        return None;
    }
    let mut parts = Vec::new();
    while let Some(part) = cursor.identifier() {
        parts.push(part);
        if !cursor.punct(".") {
            break;
        }
    }
    parts.pop();
    let name = parts.pop()?;
    let written = Written { schema: parts.pop(), name };
    sketch.known.find(&written).map(|_| written)
}

/// `CREATE PUBLICATION`, `ALTER PUBLICATION`: tables that it gains or loses are locked, so that nobody changes them meanwhile.
pub(super) fn publication(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("PUBLICATION");
    let name = cursor.identifier().unwrap_or_default();
    // SET takes away what it had.
    if cursor.key() == "SET" {
        let catalog = sketch.known.catalog;
        for one in catalog.publications.iter().filter(|one| one.name == name).flat_map(|one| &one.tables) {
            if let Some(table) = sketch.known.now(&one.table) {
                sketch.lock(&table, ShareUpdateExclusive);
            }
        }
    }
    while cursor.skip_to("TABLE") {
        let mut tables = cursor;
        loop {
            let only = tables.eat("ONLY");
            let Some(name) = tables.name() else { break };
            if let Some(table) = sketch.known.find(&name) {
                sketch.lock_tree(&table, only, ShareUpdateExclusive);
            }
            tables.punct("*");
            tables.group();
            if tables.eat("WHERE") {
                tables.group();
            }
            if !tables.punct(",") {
                break;
            }
            tables.eat("TABLE");
        }
    }
}

/// `ALTER SCHEMA`, from SCHEMA on: locks no relation.
pub(super) fn alter_schema(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("SCHEMA");
    let Some(from) = cursor.identifier() else { return };
    if cursor.eat("RENAME TO")
        && let Some(to) = cursor.identifier()
    {
        sketch.known.rename_schema(&from, &to);
    }
}

/// `ALTER EXTENSION`, from EXTENSION on: an update runs the extension's own script.
pub(super) fn alter_extension(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    if cursor.has("UPDATE") {
        return sketch.unknown();
    }
    cursor.eat("EXTENSION");
    cursor.identifier();
    if cursor.eat("ADD") || cursor.eat("DROP") {
        named_relation(cursor, sketch);
    }
}

/// `COMMENT ON …`, behind COMMENT.
pub(super) fn comment(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("ON");
    match cursor.key() {
        "CONSTRAINT" | "TRIGGER" | "RULE" | "POLICY" => {
            cursor.eat(cursor.key());
            cursor.skip_to("ON");
            if cursor.eat("DOMAIN") {
                return;
            }
            if let Some(table) = cursor.name().and_then(|name| sketch.known.find(&name)) {
                sketch.lock(&table, AccessShare);
            }
        }
        "COLUMN" => {
            cursor.eat("COLUMN");
            column(cursor, sketch);
        }
        _ => named_relation(cursor, sketch),
    }
}

/// `SECURITY LABEL … ON …`, behind SECURITY.
pub(super) fn label(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.skip_to("ON");
    match cursor.eat("COLUMN") {
        true => column(cursor, sketch),
        false => named_relation(cursor, sketch),
    }
}

/// `schema.table.column`: the table.
fn column(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let mut parts = Vec::new();
    while let Some(part) = cursor.identifier() {
        parts.push(part);
        if !cursor.punct(".") {
            break;
        }
    }
    parts.pop();
    let Some(name) = parts.pop() else { return };
    if let Some(table) = sketch.known.find(&Written { schema: parts.pop(), name }) {
        sketch.lock(&table, ShareUpdateExclusive);
    }
}

/// A kind of relation and its name.
fn named_relation(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let kinds = ["TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW", "INDEX", "SEQUENCE", "TYPE"];
    if !kinds.iter().any(|kind| cursor.eat(kind)) {
        return;
    }
    if let Some(name) = cursor.name().and_then(|name| sketch.known.find(&name)) {
        sketch.lock(&name, ShareUpdateExclusive);
    }
}
