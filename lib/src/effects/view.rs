//! Views and materialised views.

use std::borrow::Cow;

use super::cursor::Cursor;
use super::known::Kind;
use super::sketch::Sketch;
use super::{query, table};
use crate::plan::LockMode::{AccessExclusive, Exclusive};
use crate::plan::words::{phrase, significant};
use crate::sql::Flavor;

/// `CREATE VIEW`, from VIEW on.
pub(super) fn create(mut cursor: Cursor<'_, '_>, replaces: bool, temporary: bool, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("VIEW");
    let Some(name) = cursor.name() else { return sketch.cannot_read(cursor) };
    cursor.group();
    query::parse(cursor.rest(), sketch);
    match sketch.known.find(&name).filter(|_| replaces && !temporary) {
        Some(old) => sketch.lock(&old, AccessExclusive),
        None if temporary => {}
        None => {
            let query = Cow::Owned(phrase(cursor.rest()));
            sketch.make(&name, Kind::View { query, materialized: false });
        }
    }
}

/// `CREATE MATERIALIZED VIEW`: its query runs.
pub(super) fn create_materialized(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("MATERIALIZED VIEW");
    cursor.eat("IF NOT EXISTS");
    let Some(name) = cursor.name() else { return sketch.cannot_read(cursor) };
    match cursor.has("WITH NO DATA") {
        true => query::parse(cursor.rest(), sketch),
        false => query::run(cursor.rest(), sketch),
    }
    let query = Cow::Owned(phrase(cursor.rest()));
    sketch.make(&name, Kind::View { query, materialized: true });
}

/// `REFRESH MATERIALIZED VIEW`: the query runs, and its rows are written anew; CONCURRENTLY changes the old ones.
pub(super) fn refresh(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("MATERIALIZED VIEW");
    let concurrently = cursor.eat("CONCURRENTLY");
    let Some(name) = cursor.name().map(|name| sketch.known.resolve(&name)) else { return sketch.cannot_read(cursor) };
    let query = match sketch.known.get(&name).map(|one| &one.kind) {
        Some(Kind::View { query, .. }) => query.to_string(),
        _ => String::new(),
    };
    query::run(&significant(&query, Flavor::Postgres), sketch);
    match concurrently {
        true => sketch.scan(&name, Exclusive),
        false => sketch.rewrite(&name),
    }
}

/// `ALTER VIEW`, `ALTER MATERIALIZED VIEW`, from that word on.
pub(super) fn alter(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let materialized = cursor.eat("MATERIALIZED VIEW");
    if materialized {
        return table::alter_rest(cursor, sketch);
    }
    cursor.eat("VIEW");
    cursor.eat("IF EXISTS");
    let Some(name) = cursor.name().map(|name| sketch.known.resolve(&name)) else { return sketch.cannot_read(cursor) };
    sketch.lock(&name, AccessExclusive);
    table::moved(&name, cursor, sketch);
}
