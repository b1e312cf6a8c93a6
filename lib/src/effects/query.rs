//! Statements that read and write rows, and the queries inside other statements.

use super::cursor::{Cursor, Written, identifier};
use super::known::{Kind, Known};
use super::sketch::Sketch;
use crate::catalog::{Action, Name};
use crate::plan::LockMode::{AccessShare, RowExclusive, RowShare};
use crate::plan::words::{Word, key, significant, text};
use crate::sql::{Flavor, TokenKind};

/// Every relation that is named somewhere in `words`; a column of the same name as a relation is one too many, which does no harm.
pub(super) fn named(words: &[Word<'_>], known: &Known<'_>) -> Vec<Name> {
    let mut names = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let mut chain = Vec::new();
        while let Some(part) = words.get(at).and_then(identifier) {
            chain.push(part);
            at += 1;
            if text(words, at) != "." {
                break;
            }
            at += 1;
        }
        at += usize::from(chain.is_empty());
        let full = chain.get(1).map(|name| Written { schema: Some(chain[0].clone()), name: name.clone() });
        let bare = chain.first().map(|name| Written { schema: None, name: name.clone() });
        let found = full.and_then(|full| known.find(&full)).or_else(|| bare.and_then(|bare| known.find(&bare)));
        names.extend(found.filter(|name| known.table_of_index(name).is_none()));
    }
    names.sort();
    names.dedup();
    names
}

/// A query that is only looked at, as a view's when it is made: what it names, and nothing behind it.
pub(super) fn parse(words: &[Word<'_>], sketch: &mut Sketch<'_, '_>) {
    for name in named(words, sketch.known) {
        sketch.lock(&name, AccessShare);
    }
    for name in (0..words.len()).filter_map(|at| written(words, at, sketch.known)).collect::<Vec<_>>() {
        sketch.lock(&name, RowExclusive);
    }
}

/// `GRANT … ON t`, `REVOKE … ON t`: since PostgreSQL 18 nobody may drop the table meanwhile.
pub(super) fn granted(words: &[Word<'_>], sketch: &mut Sketch<'_, '_>) {
    if sketch.known.major >= 18 {
        named(words, sketch.known).iter().for_each(|name| sketch.lock(name, AccessShare));
    }
}

/// A query that runs: what it names, what is behind views, children, and what functions do, which nobody can tell.
pub(super) fn run(words: &[Word<'_>], sketch: &mut Sketch<'_, '_>) {
    for name in named(words, sketch.known) {
        reads(&name, sketch);
    }
    for at in 0..words.len() {
        match key(words, at) {
            "INTO" | "UPDATE" | "FROM" => {
                if let Some(name) = written(words, at, sketch.known) {
                    writes_rows(&name, sketch);
                }
            }
            "FOR" if matches!(key(words, at + 1), "UPDATE" | "SHARE" | "NO" | "KEY") => {
                for name in named(words, sketch.known) {
                    sketch.lock(&name, RowShare);
                }
            }
            "NEXTVAL" | "SETVAL" if text(words, at + 1) == "(" => sequence(text(words, at + 2), sketch),
            _ => {}
        }
        if text(words, at + 1) == "(" && calls(words, at, sketch.known) {
            sketch.unknown();
        }
    }
}

/// Locks what reading a relation locks.
fn reads(name: &Name, sketch: &mut Sketch<'_, '_>) {
    let mut next = vec![name.clone()];
    let mut seen: Vec<Name> = Vec::new();
    while let Some(name) = next.pop() {
        if seen.contains(&name) {
            continue;
        }
        sketch.lock(&name, AccessShare);
        next.extend(sketch.known.children(&name));
        if let Some(Kind::View { query, materialized: false }) = sketch.known.get(&name).map(|one| &one.kind) {
            next.extend(named(&significant(query, Flavor::Postgres), sketch.known));
        }
        seen.push(name);
    }
}

/// The table whose rows change, where its name follows the word at `at`: `INSERT INTO t`, `UPDATE t`, `DELETE FROM t`.
fn written(words: &[Word<'_>], at: usize, known: &Known<'_>) -> Option<Name> {
    let before = if at == 0 { "" } else { key(words, at - 1) };
    let writes = match key(words, at) {
        "INTO" => matches!(before, "INSERT" | "MERGE"),
        "FROM" => before == "DELETE",
        // Not ON UPDATE, FOR UPDATE, DO UPDATE.
        "UPDATE" => !matches!(before, "ON" | "FOR" | "DO" | "KEY" | "THEN"),
        _ => false,
    };
    let mut cursor = Cursor::new(&words[at + 1..]);
    cursor.eat("ONLY");
    cursor.name().filter(|_| writes).and_then(|name| known.find(&name))
}

/// Locks what a change of rows locks: the table, its partitions, and the other ends of foreign keys, whose triggers look there.
fn writes_rows(name: &Name, sketch: &mut Sketch<'_, '_>) {
    sketch.lock_tree(name, false, RowExclusive);
    sketch.lock_all(&sketch.known.ancestors(name), AccessShare);
    let tables: Vec<Name> = sketch.known.descendants(name).into_iter().chain([name.clone()]).collect();
    for table in tables {
        sketch.lock_all(&sketch.known.referenced(&table), RowShare);
        for other in sketch.known.referencing(&table) {
            let follows = |action: Action| !matches!(action, Action::NoAction | Action::Restrict);
            let keys = sketch.known.table(&other).into_iter().flat_map(|other| other.foreign_keys());
            let follows =
                keys.filter_map(|key| key.references.as_ref()).any(|to| follows(to.on_delete) || follows(to.on_update));
            sketch.lock(&other, if follows { RowExclusive } else { RowShare });
        }
        // What triggers and rules do is written elsewhere.
        if sketch.known.table(&table).is_some_and(|table| !table.triggers.is_empty() || !table.rules.is_empty()) {
            sketch.unknown();
        }
    }
}

/// `nextval('s')`.
fn sequence(literal: &str, sketch: &mut Sketch<'_, '_>) {
    let inner = significant(literal.trim_matches('\''), Flavor::Postgres);
    match Cursor::new(&inner).name().and_then(|name| sketch.known.find(&name)) {
        Some(name) => sketch.lock(&name, RowExclusive),
        None => sketch.unknown(),
    }
}

/// Whether the word at `at` is the name of a routine of this database.
fn calls(words: &[Word<'_>], at: usize, known: &Known<'_>) -> bool {
    let Some(name) = identifier(&words[at]) else { return false };
    known.catalog.routines.iter().any(|routine| routine.name.name == name)
}

/// `COPY t FROM …`, `COPY t TO …`, `COPY (query) TO …`.
pub(super) fn copy(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let Some(name) = cursor.name() else { return run(cursor.rest(), sketch) };
    cursor.group();
    let Some(name) = sketch.known.find(&name) else { return };
    match cursor.eat("FROM") {
        true => writes_rows(&name, sketch),
        false => reads(&name, sketch),
    }
}

/// `CREATE FUNCTION`: a body in SQL is parsed when it is made, and what it names is locked as for reading.
pub(super) fn routine(cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let words = cursor.rest();
    let atomic = cursor.has("BEGIN ATOMIC") || cursor.has("RETURN");
    if atomic {
        parse(words, sketch);
    }
    let mut language = cursor;
    let sql = language.skip_to("LANGUAGE") && language.identifier().is_some_and(|name| name == "sql");
    if sql && sketch.known.checks_bodies {
        for body in words.iter().filter(|word| word.kind == TokenKind::String) {
            parse(&significant(inner(body.text), Flavor::Postgres), sketch);
        }
    }
}

/// What stands between the quotes of a literal.
fn inner(literal: &str) -> &str {
    match literal.strip_prefix('$').and_then(|rest| rest.split_once('$')) {
        Some((tag, body)) => body.strip_suffix(&format!("${tag}$")).unwrap_or(body),
        None => literal.trim_matches('\''),
    }
}
