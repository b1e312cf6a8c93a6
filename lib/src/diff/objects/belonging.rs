//! What comes and goes with something else, and what can be made before something that it needs.

use std::collections::BTreeSet;

use super::{base_type, constraint, is_from_table, table};
use crate::catalog::{ConstraintKind, Content, Index, ObjectId, ObjectKind as Kind, Table};
use crate::diff::side::Side;

/// What `id` goes away with by itself: its whole; the columns that a constraint or index is about; the column that owns a
/// sequence; the constraint that an index serves.
pub(in crate::diff) fn goes_with(id: &ObjectId, from: &Side<'_>) -> Vec<ObjectId> {
    let mut with: Vec<ObjectId> = from.whole(id).cloned().into_iter().collect();
    let own_column = |needed: &ObjectId| {
        let table = from.table_of(id).map(|table| &table.name);
        needed.kind == Kind::Column && table.is_none_or(|table| *table == needed.qualified())
    };
    if is_entangled(id, from) {
        return Vec::new();
    }
    match from.get(id) {
        // Tables that point at each other can only go once their keys are gone.
        Some(Content::Constraint(constraint)) if constraint::is_circular(id, constraint, from) => return Vec::new(),
        Some(Content::Constraint(_)) => with.extend(from.needs(id).into_iter().filter(own_column)),
        Some(Content::Index(index)) => {
            with.extend(serves(id, index, from));
            with.extend(from.needs(id).into_iter().filter(own_column));
            with.extend(index.parent.iter().map(|parent| ObjectId::of(Kind::Index, parent)));
        }
        Some(Content::Routine(_)) => {
            with.extend(from.dependents(id).into_iter().filter(|of_type| base_type::helps(id, of_type, from)));
        }
        Some(Content::Statistics(one)) => {
            with.extend(from.table(&one.table).map(Table::id));
            with.extend(from.needs(id).into_iter().filter(own_column));
        }
        Some(Content::Sequence(sequence)) => {
            if let Some(owner) = &sequence.owned_by {
                with.push(ObjectId::part(Kind::Column, &owner.table, &*owner.column));
                with.extend(from.table(&owner.table).map(Table::id));
            }
        }
        _ => {}
    }
    with
}

/// Does the part need something that needs its whole in turn, a policy a view of its own table? Then it has to go first.
fn is_entangled(id: &ObjectId, from: &Side<'_>) -> bool {
    let Some(whole) = from.whole(id) else { return false };
    let parts = [Kind::Policy, Kind::Rule, Kind::Trigger, Kind::Constraint, Kind::Index];
    let own = |needed: &ObjectId| needed == whole || from.whole(needed) == Some(whole);
    parts.contains(&id.kind) && from.needs(id).iter().any(|needed| !own(needed) && reaches(needed, whole, from))
}

/// The constraint that the index `id` serves.
pub(in crate::diff) fn key_of(id: &ObjectId, side: &Side<'_>) -> Option<ObjectId> {
    match side.get(id) {
        Some(Content::Index(index)) => serves(id, index, side),
        _ => None,
    }
}

fn serves(id: &ObjectId, index: &Index, side: &Side<'_>) -> Option<ObjectId> {
    let table = side.table_of(id)?;
    index.constraint.as_ref().map(|constraint| ObjectId::part(Kind::Constraint, &table.name, &**constraint))
}

/// Is the part made by the statement that makes its whole?
pub(in crate::diff) fn comes_with_whole(id: &ObjectId, to: &Side<'_>) -> bool {
    match to.get(id) {
        Some(Content::Column(_) | Content::DomainConstraint(_)) => true,
        Some(Content::Constraint(constraint)) => {
            to.table_of(id).is_some_and(|table| table::holds(table, constraint)) && !needs_its_table(id, to)
        }
        _ => false,
    }
}

/// Does something that the part calls need the table itself? Then it cannot be said in the statement that makes the table.
pub(super) fn needs_its_table(id: &ObjectId, to: &Side<'_>) -> bool {
    let Some(whole) = to.whole(id) else { return false };
    let called = to.needs(id).into_iter().filter(|needed| matches!(needed.kind, Kind::Function | Kind::Operator));
    called.into_iter().any(|called| reaches(&called, whole, to))
}

/// Does `from` need `whole` or a part of it, by however many others?
fn reaches(from: &ObjectId, whole: &ObjectId, side: &Side<'_>) -> bool {
    let mut ahead = vec![from.clone()];
    let mut seen = BTreeSet::new();
    while let Some(next) = ahead.pop() {
        if next == *whole || side.whole(&next) == Some(whole) {
            return true;
        }
        if seen.insert(next.clone()) {
            ahead.extend(side.needs(&next));
            ahead.extend(side.whole(&next).cloned());
        }
    }
    false
}

/// Is `id` given to `needed` by a statement of its own, so that it can be made before? A sequence to the column that owns it,
/// a partition to its table, a partition's index to the table's.
pub(in crate::diff) fn is_given_later(id: &ObjectId, needed: &ObjectId, side: &Side<'_>) -> bool {
    match side.get(id) {
        Some(Content::Sequence(_)) => matches!(needed.kind, Kind::Column | Kind::Table | Kind::ForeignTable),
        Some(Content::Table(table)) => {
            table.partition_of.as_ref().is_some_and(|partition| partition.parent == needed.qualified())
        }
        Some(Content::Index(_)) => needed.kind == Kind::Index,
        // A default that calls something that needs the table.
        Some(Content::Column(_)) => {
            let called = matches!(needed.kind, Kind::Function | Kind::Operator);
            called && side.whole(id).is_some_and(|whole| reaches(needed, whole, side))
        }
        Some(Content::Constraint(constraint)) => {
            needed.kind == Kind::Constraint && constraint.kind != ConstraintKind::Foreign
        }
        _ => false,
    }
}

/// Does it come by itself when its table joins a partitioned one?
pub(in crate::diff) fn comes_from_parent(id: &ObjectId, to: &Side<'_>) -> bool {
    matches!(to.get(id), Some(Content::Trigger(trigger)) if trigger.inherited) || is_from_table(id, to)
}
