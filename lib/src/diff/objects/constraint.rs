//! Constraints of tables.

use std::collections::BTreeSet;

use super::mark::Mark;
use super::{alter_table, alter_table_only, comes_with_whole, index, one_statement};
use crate::catalog::{
    Constraint, ConstraintKind, Content, Index, Name, ObjectId, ObjectKind, Origin, Table, TableKind,
};
use crate::diff::change::{Change, Statement};
use crate::diff::side::Side;
use crate::diff::spelling;
use crate::sql::ident;

/// The constraint as a line of its table's definition.
pub(super) fn definition(constraint: &Constraint) -> String {
    format!("CONSTRAINT {} {}", ident(&constraint.name), constraint.definition)
}

/// Is it a line of the statement that makes `table`? An inherited check of a partition is: its table asks for it.
pub(super) fn comes_with_table(table: &Table, constraint: &Constraint, to: &Side<'_>) -> bool {
    let id = ObjectId::part(ObjectKind::Constraint, &table.name, &*constraint.name);
    (constraint.origin != Origin::Inherited || table.partition_of.is_some()) && comes_with_whole(&id, to)
}

pub(super) fn create(id: &ObjectId, constraint: &Constraint, to: &Side<'_>) -> Vec<Statement> {
    let Some(table) = to.table_of(id) else { return Vec::new() };
    if is_from_table(id, to) {
        let index = table.index(&constraint.name).into_iter();
        return index
            .flat_map(|index| index::beyond_key(table, index).into_iter().chain(index::set_aspects(&table.name, index)))
            .collect();
    }
    let keyed = super::has_index(constraint.kind);
    // A parent's check or foreign key comes down by itself; a key is put together from the partitions' keys.
    if constraint.origin == Origin::Inherited && !(keyed && table.partition_of.is_some()) {
        return Vec::new();
    }
    let index = table.index(&constraint.name).filter(|_| keyed);
    let mut statements = match index {
        Some(index) if to.is_online() && can_take_index(table, constraint) => take_index(table, constraint, index, to),
        _ if to.is_online() && can_be_unchecked(table, constraint) => {
            vec![
                Statement::new(format!("{} ADD {} NOT VALID", alter_table(table), definition(constraint))),
                validate(id),
            ]
        }
        _ => {
            let only = keyed && table.kind == TableKind::Partitioned && !comes_down(constraint);
            let alter = if only { alter_table_only(table) } else { alter_table(table) };
            let added = Statement::new(format!("{alter} ADD {}", definition(constraint)));
            let added = if only { added } else { told_cost(added, table, constraint) };
            std::iter::once(added).chain(index.into_iter().flat_map(|index| index::beyond_key(table, index))).collect()
        }
    };
    statements.extend(index.into_iter().flat_map(|index| index::set_aspects(&table.name, index)));
    statements
}

/// Do all partitions get it with their table? The server tells of no two indexes that keep rows from overlapping whether they are
/// the same, so that none of a partition ever becomes a part of the table's.
fn comes_down(constraint: &Constraint) -> bool {
    super::has_index(constraint.kind) && (constraint.temporal || constraint.kind == ConstraintKind::Exclusion)
}

/// Does every partition get the key `id` of a partitioned table when this is made?
pub(in crate::diff) fn is_for_partitions(id: &ObjectId, side: &Side<'_>) -> bool {
    let of_table = side.table_of(id).is_some_and(|table| table.kind == TableKind::Partitioned);
    matches!(side.get(id), Some(Content::Constraint(key)) if of_table && comes_down(key)) && !is_from_table(id, side)
}

/// Is it a partition's key that comes with its table's?
pub(in crate::diff) fn is_from_table(id: &ObjectId, side: &Side<'_>) -> bool {
    let joined = |key: &Constraint| side.table_of(id)?.index(&key.name)?.parent.clone();
    matches!(side.get(id), Some(Content::Constraint(key)) if comes_down(key) && joined(key).is_some())
}

/// What it costs to add the constraint in one statement.
fn told_cost(added: Statement, table: &Table, constraint: &Constraint) -> Statement {
    let name = &constraint.name;
    match constraint.kind {
        _ if table.kind == TableKind::Foreign || !constraint.enforced || !constraint.validated => added,
        kind if super::has_index(kind) => added.blocking(&table.name, &format!("the index of {name} is built")),
        _ => added.blocking(&table.name, &format!("{name} is checked")),
    }
}

/// Can it be made of an index that was built before?
pub(in crate::diff) fn can_take_index(table: &Table, constraint: &Constraint) -> bool {
    let key = matches!(constraint.kind, ConstraintKind::Primary | ConstraintKind::Unique);
    key && !constraint.temporal && table.kind == TableKind::Table
}

/// Can it be added before rows are checked, and these be checked later?
fn can_be_unchecked(table: &Table, constraint: &Constraint) -> bool {
    let checks = constraint.kind == ConstraintKind::Check
        || (constraint.kind == ConstraintKind::Foreign && table.kind != TableKind::Partitioned);
    checks && constraint.validated && constraint.enforced
}

/// Builds the index while others write; making it the constraint's takes a moment.
fn take_index(table: &Table, constraint: &Constraint, index: &Index, to: &Side<'_>) -> Vec<Statement> {
    let name = Name::new(&*table.name.schema, &*index.name);
    let mut statements = Vec::new();
    if !to.is_built(&name) {
        statements.push(index::build_for_key(&index::of_key(table, constraint, index), &index.name));
    }
    statements.push(Statement::new(format!("ALTER TABLE {} {}", table.name, add_using(constraint, &index.name))));
    statements
}

/// Builds the index of the new constraint beside that of the old one, and swaps them in one statement.
fn replace(table: &Table, constraint: &Constraint, index: &Index, to: &Side<'_>) -> Vec<Statement> {
    let beside = index::while_built(&Name::new(&*table.name.schema, &*index.name), to);
    let mut statements = Vec::new();
    if !to.is_built(&beside) {
        statements.push(index::build_for_key(&index::of_key(table, constraint, index), &beside.name));
    }
    let swap = format!("DROP CONSTRAINT {}, {}", ident(&constraint.name), add_using(constraint, &beside.name));
    statements.push(Statement::new(format!("ALTER TABLE {} {swap}", table.name)));
    statements.extend(index::set_aspects(&table.name, index));
    statements
}

/// `ADD CONSTRAINT k UNIQUE USING INDEX i`; the index gets the constraint's name.
fn add_using(constraint: &Constraint, index: &str) -> String {
    let kind = if constraint.kind == ConstraintKind::Primary { "PRIMARY KEY" } else { "UNIQUE" };
    let deferral = match (constraint.deferrable, constraint.initially_deferred) {
        (false, _) => "",
        (true, false) => " DEFERRABLE",
        (true, true) => " DEFERRABLE INITIALLY DEFERRED",
    };
    format!("ADD CONSTRAINT {} {kind} USING INDEX {}{deferral}", ident(&constraint.name), ident(index))
}

fn validate(id: &ObjectId) -> Statement {
    Statement::new(format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", id.qualified(), ident(&id.detail)))
}

pub(super) fn drop(id: &ObjectId, constraint: &Constraint, from: &Side<'_>) -> Vec<Statement> {
    let Some(table) = from.table_of(id) else { return Vec::new() };
    if constraint.origin == Origin::Inherited {
        return Vec::new();
    }
    // The column whose mark it is takes it off when it is done.
    if from.is_online() && Mark::is(table, constraint) {
        return Vec::new();
    }
    one_statement(format!("{} DROP CONSTRAINT {}", alter_table(table), ident(&constraint.name)))
}

pub(super) fn change(
    id: &ObjectId,
    (from, old): (&Side<'_>, &Constraint),
    (to, new): (&Side<'_>, &Constraint),
) -> Change {
    // Its own would be in the way of the one that comes from the table.
    if is_from_table(id, to) && !is_from_table(id, from) {
        return Change::Rebuild;
    }
    match differ(id, old, new) {
        Change::Rebuild if to.is_online() => {
            let replaced = to.table_of(id).and_then(|table| Some(replace(table, new, table.index(&new.name)?, to)));
            replaced.map_or(Change::Rebuild, Change::Alter)
        }
        change => change,
    }
}

fn differ(id: &ObjectId, old: &Constraint, new: &Constraint) -> Change {
    let plain = |constraint: &Constraint| Constraint {
        comment: None,
        origin: Origin::Own,
        validated: true,
        deferrable: false,
        initially_deferred: false,
        definition: without_state(constraint),
        expression: None,
        ..constraint.clone()
    };
    if plain(old) != plain(new) || (old.validated && !new.validated) {
        return Change::Rebuild;
    }
    let alter = |action: String| Statement::new(format!("ALTER TABLE {} {action}", id.qualified()));
    let name = ident(&new.name);
    let mut statements = Vec::new();
    let deferral = |one: &Constraint| (one.deferrable, one.initially_deferred);
    if deferral(old) != deferral(new) {
        if new.kind != ConstraintKind::Foreign {
            return Change::Rebuild;
        }
        let word = match deferral(new) {
            (false, _) => "NOT DEFERRABLE",
            (true, false) => "DEFERRABLE INITIALLY IMMEDIATE",
            (true, true) => "DEFERRABLE INITIALLY DEFERRED",
        };
        statements.push(alter(format!("ALTER CONSTRAINT {name} {word}")));
    }
    if !old.validated && new.validated {
        statements.push(validate(id));
    }
    Change::Alter(statements)
}

/// Its definition without what can be changed in place.
fn without_state(constraint: &Constraint) -> String {
    let mut text = constraint.definition.as_str();
    for ending in [" NOT VALID", " INITIALLY DEFERRED", " DEFERRABLE"] {
        text = text.strip_suffix(ending).unwrap_or(text);
    }
    spelling::settled(text)
}

/// Is it a foreign key of a circle: does the table that it points at lead back to its own?
pub(super) fn is_circular(id: &ObjectId, constraint: &Constraint, side: &Side<'_>) -> bool {
    let own = id.qualified();
    let mut ahead: Vec<Name> =
        constraint.references.iter().map(|to| to.table.clone()).filter(|to| *to != own).collect();
    let mut seen = BTreeSet::new();
    while let Some(next) = ahead.pop() {
        if next == own {
            return true;
        }
        if let Some(table) = side.table(&next).filter(|_| seen.insert(next)) {
            ahead.extend(table.foreign_keys().filter_map(|key| Some(key.references.as_ref()?.table.clone())));
        }
    }
    false
}
