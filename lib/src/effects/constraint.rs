//! Constraints of tables.

use super::cursor::{Cursor, Written, identifier, list};
use super::known::Kind;
use super::sketch::Sketch;
use crate::catalog::{Constraint, ConstraintKind, Name, Origin, Reference, Table};
use crate::plan::LockMode::{AccessExclusive, RowShare, ShareRowExclusive, ShareUpdateExclusive};
use crate::plan::words::{Word, begins};

/// Words that a constraint begins with, where it has no name.
const KINDS: &[&[&str]] = &[
    &["CONSTRAINT"],
    &["CHECK"],
    &["UNIQUE"],
    &["PRIMARY", "KEY"],
    &["FOREIGN", "KEY"],
    &["EXCLUDE"],
    &["NOT", "NULL"],
];

/// Whether what follows ADD is a constraint, and no column.
pub(super) fn is_constraint(words: &[Word<'_>]) -> bool {
    KINDS.iter().any(|kind| begins(words, kind))
}

/// `ADD [CONSTRAINT name] …`.
pub(super) fn add(table: &Name, only: bool, mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("ADD");
    let name = if cursor.eat("CONSTRAINT") { cursor.identifier() } else { None };
    let trusted = cursor.has("NOT VALID") || cursor.has("NOT ENFORCED");
    let kind = match cursor.key() {
        "FOREIGN" => ConstraintKind::Foreign,
        "UNIQUE" => ConstraintKind::Unique,
        "PRIMARY" => ConstraintKind::Primary,
        "EXCLUDE" => ConstraintKind::Exclusion,
        "CHECK" => ConstraintKind::Check,
        "NOT" => return not_null(table, only, cursor, trusted, sketch),
        _ => return sketch.suspect(table),
    };
    let mut added =
        Constraint { name: name.clone().unwrap_or_default(), kind, validated: !trusted, ..Constraint::default() };
    if kind == ConstraintKind::Foreign {
        cursor.eat("FOREIGN KEY");
        added.columns = names(cursor.group());
        cursor.skip_to("REFERENCES");
        let Some(to) = cursor.name().map(|to| sketch.known.resolve(&to)) else { return sketch.suspect(table) };
        added.references =
            Some(Reference { table: to.clone(), columns: names(cursor.group()), ..Reference::default() });
        let partitions = if sketch.known.is_partitioned(table) { sketch.known.descendants(table) } else { Vec::new() };
        let keeps = !partitions.is_empty()
            && partitions.iter().all(|one| sketch.known.is_partitioned(one) || has_it(one, &added, sketch));
        refers(table, &to, !trusted && !keeps, sketch);
        joins(&added, &partitions, sketch);
        sketch.known.change(table, |table| table.constraints.push(added));
        return;
    }
    let expression = cursor;
    let tables = tree(table, only || cursor.has("NO INHERIT"), sketch);
    sketch.lock_all(&tables, AccessExclusive);
    if kind == ConstraintKind::Check {
        if !trusted {
            tables.iter().for_each(|table| sketch.scan(table, AccessExclusive));
        }
        let mut expression = expression;
        expression.eat("CHECK");
        added.expression = Some(crate::plan::words::phrase(expression.group()));
        sketch.known.change(table, |table| table.constraints.push(added));
    } else if cursor.skip_to("USING INDEX") && cursor.key() != "TABLESPACE" {
        use_index(table, name, added, cursor, sketch);
    } else {
        tables.iter().for_each(|table| sketch.scan(table, AccessExclusive));
        let index = name.unwrap_or_else(|| default_name(table, kind));
        sketch.make(&Written { schema: Some(table.schema.clone()), name: index }, Kind::Index { of: table.clone() });
        sketch.known.change(table, |table| table.constraints.push(added));
    }
}

/// `… USING INDEX i`: the index takes the constraint's name. A primary key wants its columns to be NOT NULL, which is looked for.
fn use_index(
    table: &Name,
    name: Option<String>,
    added: Constraint,
    mut cursor: Cursor<'_, '_>,
    sketch: &mut Sketch<'_, '_>,
) {
    let Some(index) = cursor.identifier().map(|index| Name::new(&*table.schema, index)) else { return };
    sketch.lock(&index, ShareUpdateExclusive);
    if added.kind == ConstraintKind::Primary {
        let columns =
            sketch.known.table(table).and_then(|table| table.index(&index.name)).map(|one| one.columns.clone());
        let has = |column: &String| {
            let column = column.trim_matches('"');
            sketch.known.table(table).and_then(|table| table.column(column)).is_some_and(|one| one.not_null)
        };
        if !columns.is_some_and(|columns| columns.iter().all(has)) {
            sketch.scan(table, AccessExclusive);
        }
    }
    if let Some(name) = name.filter(|name| *name != index.name) {
        sketch.known.rename(&index, Name::new(&*table.schema, name));
    }
    sketch.known.change(table, |table| table.constraints.push(added));
}

/// How the server would call the index of a constraint without a name, near enough: it is new, and nobody else's.
fn default_name(table: &Name, kind: ConstraintKind) -> String {
    let ending = match kind {
        ConstraintKind::Primary => "pkey",
        ConstraintKind::Exclusion => "excl",
        _ => "key",
    };
    format!("{}_{ending}", table.name)
}

/// `ADD [CONSTRAINT name] NOT NULL column`, as PostgreSQL 18 has it.
fn not_null(table: &Name, only: bool, mut cursor: Cursor<'_, '_>, trusted: bool, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("NOT NULL");
    let column = cursor.identifier().unwrap_or_default();
    for one in tree(table, only, sketch) {
        sketch.lock(&one, AccessExclusive);
        if !trusted {
            super::not_null::must_have(&one, &column, sketch);
        }
    }
}

/// Both sides of a new foreign key, with their partitions. Rows of both are looked through, unless they are trusted.
pub(super) fn refers(table: &Name, to: &Name, looks: bool, sketch: &mut Sketch<'_, '_>) {
    for one in [table, to] {
        let tables = tree(one, !sketch.known.is_partitioned(one), sketch);
        for one in tables {
            match looks {
                true => sketch.scan(&one, ShareRowExclusive),
                false => sketch.lock(&one, ShareRowExclusive),
            }
        }
    }
}

/// The names in a list of columns.
fn names(words: &[Word<'_>]) -> Vec<String> {
    list(words).filter_map(|one| one.first().and_then(identifier)).collect()
}

/// A partition that has the foreign key `of` of its table already keeps that one; its triggers on the other side go.
pub(super) fn joins(of: &Constraint, partitions: &[Name], sketch: &mut Sketch<'_, '_>) {
    let joined = partitions.iter().any(|partition| has_it(partition, of, sketch));
    if let Some(to) = of.references.as_ref().filter(|_| joined) {
        sketch.lock_tree(&to.table, false, AccessExclusive);
    }
}

fn has_it(partition: &Name, of: &Constraint, sketch: &Sketch<'_, '_>) -> bool {
    sketch.known.table(partition).is_some_and(|table| table.foreign_keys().any(|own| is_like(own, of)))
}

/// Do the two foreign keys say the same, as far as it is known?
fn is_like(one: &Constraint, other: &Constraint) -> bool {
    let same = |one: &[String], other: &[String]| one.is_empty() || other.is_empty() || one == other;
    let (Some(to), Some(other_to)) = (&one.references, &other.references) else { return false };
    let alone = one.origin != Origin::Inherited;
    alone && to.table == other_to.table && same(&one.columns, &other.columns) && same(&to.columns, &other_to.columns)
}

/// Foreign keys in an element of a new table.
pub(super) fn references(mut element: Cursor<'_, '_>, table: &mut Table, sketch: &mut Sketch<'_, '_>) {
    while element.skip_to("REFERENCES") {
        let Some(to) = element.name().map(|to| sketch.known.resolve(&to)) else { return };
        if to == table.name {
            continue;
        }
        let reaches = sketch.known.is_partitioned(&to);
        sketch.lock_tree(&to, !reaches, ShareRowExclusive);
        let references = Some(Reference { table: to, ..Reference::default() });
        table.constraints.push(Constraint { kind: ConstraintKind::Foreign, references, ..Constraint::default() });
    }
}

/// `VALIDATE CONSTRAINT`: the rows are looked through while others write.
pub(super) fn validate(table: &Name, only: bool, mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("VALIDATE CONSTRAINT");
    let name = cursor.identifier().unwrap_or_default();
    let found = sketch.known.table(table).and_then(|table| table.constraint(&name)).cloned();
    sketch.lock(table, ShareUpdateExclusive);
    if found.as_ref().is_some_and(|one| one.validated) {
        return;
    }
    let to = found.and_then(|one| one.references).map(|to| to.table);
    let keeps = to.is_some() && !sketch.known.is_partitioned(table);
    for one in tree(table, only || keeps, sketch) {
        sketch.scan(&one, ShareUpdateExclusive);
    }
    for one in to.iter().flat_map(|to| tree(to, false, sketch)).collect::<Vec<_>>() {
        sketch.scan(&one, RowShare);
    }
    let valid = |table: &mut Table| {
        table.constraints.iter_mut().filter(|one| one.name == name).for_each(|one| one.validated = true);
    };
    sketch.known.change(table, valid);
}

/// `DROP CONSTRAINT`: the other side of a foreign key, and with a key its index and those who refer to it.
pub(super) fn drop(table: &Name, only: bool, mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("DROP CONSTRAINT");
    cursor.eat("IF EXISTS");
    let name = cursor.identifier().unwrap_or_default();
    let found = sketch.known.table(table).and_then(|table| table.constraint(&name)).map(|one| one.kind);
    for one in tree(table, only, sketch) {
        sketch.constraint_falls(&one, &name);
    }
    if cursor.eat("CASCADE") && !matches!(found, Some(ConstraintKind::Check | ConstraintKind::Foreign)) {
        sketch.lock_all(&sketch.known.referencing(table), AccessExclusive);
    }
    let was = sketch.known.id(table).qualified();
    let id = crate::catalog::ObjectId::part(crate::catalog::ObjectKind::Constraint, &was, &*name);
    for fallen in sketch.known.falls_with(id) {
        sketch.falls(&fallen);
    }
    sketch.known.remove(&Name::new(&*table.schema, &*name));
    sketch.known.change(table, |table| table.constraints.retain(|one| one.name != name));
}

/// `ALTER CONSTRAINT`: of a foreign key, whose triggers on both sides change.
pub(super) fn alter(table: &Name, mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("ALTER CONSTRAINT");
    let name = cursor.identifier().unwrap_or_default();
    for one in tree(table, false, sketch) {
        sketch.lock(&one, AccessExclusive);
    }
    let found = sketch.known.table(table).and_then(|table| table.constraint(&name));
    let to = found.and_then(|one| one.references.as_ref()).map(|to| to.table.clone());
    // Only a key that is enforced from now on makes triggers there, and looks through the rows.
    if let Some(to) = to.filter(|_| cursor.has("ENFORCED")) {
        sketch.lock_tree(&to, false, AccessExclusive);
        sketch.scan(table, AccessExclusive);
    }
}

/// `RENAME CONSTRAINT a TO b`: a key's index is renamed with it.
pub(super) fn rename(table: &Name, only: bool, mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("RENAME CONSTRAINT");
    let from = cursor.identifier().unwrap_or_default();
    cursor.eat("TO");
    let to = cursor.identifier().unwrap_or_default();
    for one in tree(table, only, sketch) {
        sketch.lock(&one, AccessExclusive);
    }
    let index = Name::new(&*table.schema, &*from);
    if sketch.known.table_of_index(&index).is_some() {
        sketch.lock(&index, ShareUpdateExclusive);
        sketch.known.rename(&index, Name::new(&*table.schema, &*to));
    }
    let renamed = |table: &mut Table| {
        table.constraints.iter_mut().filter(|one| one.name == from).for_each(|one| one.name.clone_from(&to));
    };
    sketch.known.change(table, renamed);
}

/// A table, with its children where they are not left out.
pub(super) fn tree(table: &Name, only: bool, sketch: &Sketch<'_, '_>) -> Vec<Name> {
    let children = if only { Vec::new() } else { sketch.known.descendants(table) };
    [table.clone()].into_iter().chain(children).collect()
}

/// Whether a new column has a constraint that rows are looked through for. That a default is not NULL is seen without.
pub(super) fn looks(options: Cursor<'_, '_>) -> bool {
    let keys = ["CHECK", "UNIQUE", "PRIMARY KEY"].iter().any(|words| options.has(words));
    keys || (options.has("NOT NULL") && !options.has("DEFAULT"))
}
