//! Which family a statement is of.

use super::cursor::Cursor;
use super::sketch::Sketch;
use super::{drop, index, other, query, table, trigger, types, view};
use crate::plan::words::{Word, key};

/// Statements that lock no relation of anybody: what they change is no relation, or is locked in another way.
const HARMLESS: &[&str] = &[
    "SET",
    "RESET",
    "SHOW",
    "BEGIN",
    "START",
    "COMMIT",
    "END",
    "ROLLBACK",
    "ABORT",
    "SAVEPOINT",
    "RELEASE",
    "LISTEN",
    "NOTIFY",
    "UNLISTEN",
    "DISCARD",
    "CHECKPOINT",
    "DEALLOCATE",
    "FETCH",
    "MOVE",
    "CLOSE",
    "LOAD",
];

/// Kinds of objects that are no relations, and whose making and changing locks none.
const NO_RELATIONS: &[&str] = &[
    "ACCESS METHOD",
    "AGGREGATE",
    "CAST",
    "COLLATION",
    "CONVERSION",
    "DATABASE",
    "DEFAULT PRIVILEGES",
    "EVENT TRIGGER",
    "EXTENSION",
    "FOREIGN DATA WRAPPER",
    "GROUP",
    "LANGUAGE",
    "TRUSTED LANGUAGE",
    "PROCEDURAL LANGUAGE",
    "LARGE OBJECT",
    "OPERATOR",
    "ROLE",
    "ROUTINE",
    "SERVER",
    "SUBSCRIPTION",
    "SYSTEM",
    "TABLESPACE",
    "TEXT SEARCH",
    "TRANSFORM",
    "USER",
];

pub(super) fn read(words: &[Word<'_>], sketch: &mut Sketch<'_, '_>) {
    let mut cursor = Cursor::new(words);
    let verb = key(words, 0);
    cursor.eat(verb);
    match verb {
        "" if words.is_empty() => {}
        "SET" if other::setting(cursor, sketch.known) => {}
        verb if HARMLESS.contains(&verb) => {}
        "CREATE" => create(cursor, sketch),
        "ALTER" => alter(cursor, sketch),
        "DROP" => drop::drop(cursor, sketch),
        "GRANT" | "REVOKE" => query::granted(words, sketch),
        "COMMENT" => other::comment(cursor, sketch),
        "SECURITY" => other::label(cursor, sketch),
        "TRUNCATE" => table::truncate(cursor, sketch),
        "LOCK" => table::lock(cursor, sketch),
        "CLUSTER" => table::cluster(cursor, sketch),
        "VACUUM" | "ANALYZE" | "ANALYSE" => table::vacuum(cursor, verb == "VACUUM", sketch),
        "REINDEX" => index::reindex(cursor, sketch),
        "REFRESH" => view::refresh(cursor, sketch),
        "COPY" => query::copy(cursor, sketch),
        "IMPORT" => {}
        "SELECT" | "WITH" | "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "VALUES" | "TABLE" | "EXPLAIN" | "PREPARE"
        | "DECLARE" => query::run(words, sketch),
        "" if words[0].text == "(" => query::run(words, sketch),
        _ => {
            sketch.cannot_read(cursor);
            sketch.unknown();
        }
    }
}

fn create(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let replaces = cursor.eat("OR REPLACE");
    cursor.eat_any(&["GLOBAL", "LOCAL"]);
    let temporary = cursor.eat("TEMP") || cursor.eat("TEMPORARY");
    cursor.eat_any(&["UNLOGGED", "RECURSIVE"]);
    match cursor.key() {
        "TABLE" => table::create(cursor, temporary, sketch),
        "FOREIGN" if cursor.eat("FOREIGN TABLE") => {
            table::create_rest(cursor, temporary, sketch);
        }
        "VIEW" => view::create(cursor, replaces, temporary, sketch),
        "MATERIALIZED" => view::create_materialized(cursor, sketch),
        "UNIQUE" | "INDEX" => index::create(cursor, sketch),
        "SEQUENCE" => other::create_sequence(cursor, temporary, sketch),
        "TRIGGER" | "CONSTRAINT" => trigger::create(cursor, sketch),
        "RULE" | "POLICY" => trigger::create_rule(cursor, sketch),
        "STATISTICS" => index::create_statistics(cursor, sketch),
        "PUBLICATION" => other::publication(cursor, sketch),
        "FUNCTION" | "PROCEDURE" => query::routine(cursor, sketch),
        "TYPE" | "DOMAIN" => types::create(cursor, sketch),
        // With objects in it, it is several statements in one.
        "SCHEMA" => {
            if cursor.has("CREATE") {
                sketch.cannot_read(cursor);
                sketch.unknown();
            }
        }
        _ if is_no_relation(cursor) => {}
        _ => {
            sketch.cannot_read(cursor);
        }
    }
}

fn alter(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    match cursor.key() {
        "TABLE" => table::alter(cursor, sketch),
        "FOREIGN" if cursor.eat("FOREIGN") => {
            if cursor.key() == "TABLE" {
                table::alter(cursor, sketch);
            }
        }
        "VIEW" | "MATERIALIZED" => view::alter(cursor, sketch),
        "INDEX" => index::alter(cursor, sketch),
        "SEQUENCE" => other::alter_sequence(cursor, sketch),
        "TRIGGER" | "RULE" | "POLICY" => trigger::alter(cursor, sketch),
        "PUBLICATION" => other::publication(cursor, sketch),
        "FUNCTION" | "PROCEDURE" | "STATISTICS" => {}
        "TYPE" => types::alter_type(cursor, sketch),
        "DOMAIN" => types::alter_domain(cursor, sketch),
        "SCHEMA" => other::alter_schema(cursor, sketch),
        "EXTENSION" => other::alter_extension(cursor, sketch),
        _ if is_no_relation(cursor) => {}
        _ => {
            sketch.cannot_read(cursor);
        }
    }
}

fn is_no_relation(cursor: Cursor<'_, '_>) -> bool {
    NO_RELATIONS.iter().any(|kind| {
        let mut here = cursor;
        here.eat(kind)
    })
}
