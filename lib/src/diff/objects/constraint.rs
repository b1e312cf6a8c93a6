//! Constraints of tables.

use std::collections::BTreeSet;

use super::{alter_table, comes_with_whole, index, one_statement};
use crate::catalog::{Constraint, ConstraintKind, Name, ObjectId, ObjectKind, Origin, Table, TableKind};
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
    let keyed = super::has_index(constraint.kind);
    // A parent's check or foreign key comes down by itself; a key is put together from the partitions' keys.
    if constraint.origin == Origin::Inherited && !(keyed && table.partition_of.is_some()) {
        return Vec::new();
    }
    let only = if keyed && table.kind == TableKind::Partitioned { "ALTER TABLE ONLY" } else { "" };
    let alter = match only.is_empty() {
        true => alter_table(table),
        false => format!("{only} {}", table.name),
    };
    let mut statements = one_statement(format!("{alter} ADD {}", definition(constraint)));
    if let Some(index) = table.index(&constraint.name).filter(|_| keyed) {
        statements.extend(index::set_aspects(table, index));
    }
    statements
}

pub(super) fn drop(id: &ObjectId, constraint: &Constraint, from: &Side<'_>) -> Vec<Statement> {
    let Some(table) = from.table_of(id) else { return Vec::new() };
    if constraint.origin == Origin::Inherited {
        return Vec::new();
    }
    one_statement(format!("{} DROP CONSTRAINT {}", alter_table(table), ident(&constraint.name)))
}

pub(super) fn change(id: &ObjectId, old: &Constraint, new: &Constraint) -> Change {
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
        statements.push(alter(format!("VALIDATE CONSTRAINT {name}")));
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
