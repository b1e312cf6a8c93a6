//! Tables as wholes.

use super::cursor::{Cursor, Written, list};
use super::known::Kind;
use super::sketch::Sketch;
use super::{column, constraint, partition, query};
use crate::catalog::{Name, Persistence, Table, TableKind};
use crate::plan::LockMode::{self, AccessExclusive, AccessShare, Share, ShareRowExclusive, ShareUpdateExclusive};
use crate::plan::words::{Word, key};
use crate::plan::{LockMode as Mode, Work};

/// `CREATE TABLE`, from TABLE on.
pub(super) fn create(mut cursor: Cursor<'_, '_>, temporary: bool, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("TABLE");
    create_rest(cursor, temporary, sketch);
}

/// `CREATE [FOREIGN] TABLE`, behind TABLE: the new table, and what it is tied to.
pub(super) fn create_rest(mut cursor: Cursor<'_, '_>, temporary: bool, sketch: &mut Sketch<'_, '_>) {
    let unless_there = cursor.eat("IF NOT EXISTS");
    let Some(written) = cursor.name() else { return sketch.cannot_read(cursor) };
    if unless_there && sketch.known.find(&written).is_some() {
        return;
    }
    let mut table = Table { name: sketch.known.place(&written), ..Table::default() };
    if cursor.eat("PARTITION OF") {
        partition::of(&mut cursor, &mut table, sketch);
    } else if cursor.eat("OF")
        && let Some(of) = cursor.name().map(|of| sketch.known.resolve(&of))
    {
        sketch.lock(&of, AccessShare);
    }
    let elements = cursor.group();
    for element in list(elements) {
        let mut element = Cursor::new(element);
        if element.eat("LIKE") {
            let like = element.name().map(|like| sketch.known.resolve(&like));
            like.into_iter().for_each(|like| sketch.lock(&like, AccessShare));
        } else {
            constraint::references(element, &mut table, sketch);
        }
    }
    if cursor.eat("INHERITS") {
        for (parent, _) in Cursor::new(cursor.group()).names() {
            let parent = sketch.known.resolve(&parent);
            sketch.lock(&parent, ShareUpdateExclusive);
            table.inherits.push(parent);
        }
    }
    if cursor.has("PARTITION BY") {
        table.kind = TableKind::Partitioned;
    }
    if cursor.skip_to("AS") {
        query::run(cursor.rest(), sketch);
    }
    if !temporary {
        sketch.make(&written, Kind::Changed(Box::new(table)));
    }
}

/// Forms of `ALTER TABLE` that need nothing but a lock: their words, the lock, and whether children have it too.
const PLAIN: &[(&str, Mode, bool)] = &[
    ("ENABLE ROW LEVEL SECURITY", AccessExclusive, false),
    ("DISABLE ROW LEVEL SECURITY", AccessExclusive, false),
    ("FORCE ROW LEVEL SECURITY", AccessExclusive, false),
    ("NO FORCE ROW LEVEL SECURITY", AccessExclusive, false),
    ("ENABLE RULE", AccessExclusive, false),
    ("ENABLE REPLICA RULE", AccessExclusive, false),
    ("ENABLE ALWAYS RULE", AccessExclusive, false),
    ("DISABLE RULE", AccessExclusive, false),
    ("ENABLE TRIGGER", ShareRowExclusive, true),
    ("ENABLE REPLICA TRIGGER", ShareRowExclusive, true),
    ("ENABLE ALWAYS TRIGGER", ShareRowExclusive, true),
    ("DISABLE TRIGGER", ShareRowExclusive, true),
    ("SET WITHOUT CLUSTER", ShareUpdateExclusive, false),
    ("NOT OF", AccessExclusive, false),
    ("OPTIONS", AccessExclusive, false),
];

/// Storage parameters that are no matter of autovacuum and can be set while others write.
const GENTLE: &[&str] = &[
    "FILLFACTOR",
    "TOAST_TUPLE_TARGET",
    "PARALLEL_WORKERS",
    "LOG_AUTOVACUUM_MIN_DURATION",
    "VACUUM_INDEX_CLEANUP",
    "VACUUM_TRUNCATE",
    "VACUUM_MAX_EAGER_FREEZE_FAILURE_RATE",
];

/// `ALTER TABLE`, from TABLE on.
pub(super) fn alter(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("TABLE");
    alter_rest(cursor, sketch);
}

/// `ALTER TABLE` and its like, behind the kind.
pub(super) fn alter_rest(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    if cursor.eat("ALL IN TABLESPACE") {
        return sketch.unknown();
    }
    cursor.eat("IF EXISTS");
    let only = cursor.eat("ONLY");
    let Some(name) = cursor.name().map(|name| sketch.known.resolve(&name)) else { return sketch.cannot_read(cursor) };
    let only = only && !cursor.punct("*");
    for action in list(cursor.rest()) {
        one(&name, only, action, sketch);
    }
}

/// One action of `ALTER TABLE`.
fn one(name: &Name, only: bool, action: &[Word<'_>], sketch: &mut Sketch<'_, '_>) {
    let mut cursor = Cursor::new(action);
    if let Some((_, lock, tree)) = PLAIN.iter().find(|(words, ..)| cursor.eat(words)) {
        let tree = *tree && sketch.known.is_partitioned(name);
        return sketch.lock_tree(name, only || !tree, *lock);
    }
    match key(action, 0) {
        "ATTACH" => partition::attach(name, cursor, sketch),
        "DETACH" => partition::detach(name, cursor, sketch),
        "INHERIT" | "NO" => partition::inherit(name, cursor, sketch),
        "VALIDATE" => constraint::validate(name, only, cursor, sketch),
        "RENAME" if key(action, 1) == "TO" => {
            sketch.lock(name, AccessExclusive);
            moved(name, cursor, sketch);
        }
        "RENAME" if key(action, 1) == "CONSTRAINT" => constraint::rename(name, only, cursor, sketch),
        "RENAME" => column::rename(name, cursor, sketch),
        "OWNER" => {
            for one in [name.clone()].iter().chain(&sketch.known.indexes(name)).chain(&sketch.known.sequences(name)) {
                sketch.lock(one, AccessExclusive);
            }
        }
        "CLUSTER" => {
            cursor.eat("CLUSTER ON");
            sketch.lock(name, ShareUpdateExclusive);
            index_of(name, cursor, ShareUpdateExclusive, sketch);
        }
        "REPLICA" => {
            sketch.lock(name, AccessExclusive);
            if cursor.eat("REPLICA IDENTITY USING INDEX") {
                index_of(name, cursor, Share, sketch);
            }
        }
        "OF" => {
            cursor.eat("OF");
            sketch.lock(name, AccessExclusive);
            let of = cursor.name().map(|of| sketch.known.resolve(&of));
            of.into_iter().for_each(|of| sketch.lock(&of, AccessShare));
        }
        "SET" | "RESET" => set(name, cursor, sketch),
        "ADD" if constraint::is_constraint(&action[1..]) => constraint::add(name, only, cursor, sketch),
        "ADD" => column::add(name, only, cursor, sketch),
        "DROP" if key(action, 1) == "CONSTRAINT" => constraint::drop(name, only, cursor, sketch),
        "DROP" => column::drop(name, only, cursor, sketch),
        "ALTER" if key(action, 1) == "CONSTRAINT" => constraint::alter(name, cursor, sketch),
        "ALTER" => column::alter(name, only, cursor, sketch),
        _ => sketch.suspect(name),
    }
}

/// The index of a table that comes next.
fn index_of(table: &Name, mut cursor: Cursor<'_, '_>, lock: LockMode, sketch: &mut Sketch<'_, '_>) {
    if let Some(index) = cursor.identifier() {
        sketch.lock(&Name::new(&*table.schema, index), lock);
    }
}

/// `SET …` and `RESET …` of a table as a whole.
fn set(name: &Name, mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let (known, whole) = (&sketch.known, cursor);
    let persistence = known.table(name).map(|table| table.persistence);
    let unlogs = cursor.eat("SET UNLOGGED");
    if unlogs || cursor.eat("SET LOGGED") {
        let wanted = if unlogs { Persistence::Unlogged } else { Persistence::Permanent };
        sketch.lock(name, AccessExclusive);
        if persistence == Some(wanted) {
            return;
        }
        sketch.rewrite(name);
        sketch.lock_all(&sketch.known.sequences(name), AccessExclusive);
        sketch.lock_all(&sketch.known.referenced(name), AccessShare);
        sketch.lock_all(&sketch.known.referencing(name), AccessShare);
        sketch.known.change(name, |table| table.persistence = wanted);
    } else if cursor.eat("SET ACCESS METHOD") {
        let method = cursor.identifier();
        sketch.lock(name, AccessExclusive);
        let now = sketch.known.table(name).and_then(|table| table.access_method.clone());
        if method.is_none() || method != now {
            sketch.rewrite(name);
        }
    } else if cursor.eat("SET TABLESPACE") {
        // Its indexes stay where they are.
        sketch.lock(name, AccessExclusive);
        sketch.work(name, Work::Rewrites);
    } else if cursor.eat("SET SCHEMA") {
        sketch.lock(name, AccessExclusive);
        sketch.lock_all(&sketch.known.sequences(name), AccessExclusive);
        moved(name, whole, sketch);
    } else {
        cursor.eat_any(&["SET", "RESET"]);
        let parameters = cursor.group();
        let gentle = |one: &[Word<'_>]| {
            let name = if key(one, 0) == "TOAST" { key(one, 2) } else { key(one, 0) };
            name.starts_with("AUTOVACUUM_") || GENTLE.contains(&name)
        };
        let gentle = !parameters.is_empty() && list(parameters).all(gentle);
        sketch.lock(name, if gentle { ShareUpdateExclusive } else { AccessExclusive });
    }
}

/// `RENAME TO` and `SET SCHEMA` of any relation: from here on it has another name.
pub(super) fn moved(name: &Name, mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let to = if cursor.eat("RENAME TO") {
        cursor.identifier().map(|to| Name::new(&*name.schema, to))
    } else if cursor.eat("SET SCHEMA") {
        cursor.identifier().map(|to| Name::new(to, &*name.name))
    } else {
        None
    };
    if let Some(to) = to {
        sketch.known.rename(name, to);
    }
}

/// `TRUNCATE`: with CASCADE the tables that refer to it too.
pub(super) fn truncate(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("TABLE");
    let names = cursor.names();
    let mut next: Vec<Name> = Vec::new();
    for (written, only) in names {
        let name = sketch.known.resolve(&written);
        next.extend(if only { Vec::new() } else { sketch.known.descendants(&name) });
        next.push(name);
    }
    let (cascades, restarts) = (cursor.has("CASCADE"), cursor.has("RESTART IDENTITY"));
    let mut all: Vec<Name> = Vec::new();
    while let Some(name) = next.pop().filter(|_| true) {
        if all.contains(&name) {
            continue;
        }
        if cascades {
            next.extend(sketch.known.referencing(&name));
        }
        sketch.lock(&name, AccessExclusive);
        // New empty files; nothing is written into them.
        sketch.lock_all(&sketch.known.indexes(&name), AccessExclusive);
        if restarts {
            sketch.lock_all(&sketch.known.sequences(&name), ShareRowExclusive);
        }
        all.push(name);
    }
}

/// `LOCK TABLE a, b IN … MODE`.
pub(super) fn lock(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("TABLE");
    let names = cursor.names();
    let mode = LockMode::ALL.into_iter().find(|mode| cursor.eat(&format!("IN {} MODE", mode.words().to_uppercase())));
    for (name, only) in names {
        let name = sketch.known.resolve(&name);
        sketch.lock_tree(&name, only, mode.unwrap_or(AccessExclusive));
    }
}

/// `CLUSTER t USING i`, `CLUSTER t`.
pub(super) fn cluster(mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.group();
    cursor.eat("VERBOSE");
    match cursor.name() {
        Some(name) => {
            let name = sketch.known.resolve(&name);
            sketch.rewrite(&name);
            sketch.known.descendants(&name).iter().for_each(|child| sketch.rewrite(child));
        }
        None => sketch.unknown(),
    }
}

/// `VACUUM`, `ANALYZE`.
pub(super) fn vacuum(mut cursor: Cursor<'_, '_>, vacuums: bool, sketch: &mut Sketch<'_, '_>) {
    let full = Cursor::new(cursor.group()).has("FULL") || cursor.key() == "FULL";
    cursor.eat_any(&["FULL", "FREEZE", "VERBOSE", "ANALYZE", "ANALYSE"]);
    let names: Vec<(Written, bool)> = cursor.names();
    if names.is_empty() {
        return sketch.unknown();
    }
    for (name, _) in names {
        let name = sketch.known.resolve(&name);
        for one in sketch.known.descendants(&name).iter().chain([&name]) {
            match vacuums && full {
                true => sketch.rewrite(one),
                // ANALYZE reads a sample.
                false if vacuums => sketch.scan(one, ShareUpdateExclusive),
                false => sketch.lock(one, ShareUpdateExclusive),
            }
        }
    }
}
