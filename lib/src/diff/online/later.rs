//! Which indexes and keys are made, replaced and dropped in the last part of the way.

use std::collections::{BTreeMap, BTreeSet};

use super::steady::Steady;
use crate::catalog::{
    Constraint, ConstraintKind, Content, Index, Name, ObjectId, ObjectKind as Kind, Table, TableKind,
};
use crate::diff::change::Change;
use crate::diff::fate::Fates;
use crate::diff::objects;
use crate::diff::side::Side;

/// What is done with an object in the last part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Later {
    /// It is made.
    Made,
    /// It takes the place of the old one, which stays until then.
    Replaced,
    /// It goes.
    Dropped,
}

pub(super) struct Sides<'s, 'a> {
    pub from: &'s Side<'a>,
    pub to: &'s Side<'a>,
    pub fates: &'s Fates,
    pub steady: &'s Steady,
    /// The names that something newly made takes.
    pub taken: BTreeSet<objects::Slot>,
}

/// Indexes, keys, and the foreign keys that need such.
pub(super) fn later(sides: &Sides<'_, '_>) -> BTreeMap<ObjectId, Later> {
    let mut later = BTreeMap::new();
    let steady = |table: &&Table| sides.steady.has(&table.name);
    for table in sides.to.catalog.tables.iter().filter(steady) {
        later.extend(table.indexes.iter().filter_map(|index| sides.index(table, index)));
        later.extend(table.constraints.iter().filter_map(|key| sides.key(table, key)));
        let old = sides.from.table(&table.name);
        later.extend(old.into_iter().flat_map(|old| &old.indexes).filter_map(|index| sides.gone(table, index)));
    }
    sides.leave_what_is_needed_before(&mut later);
    later
}

/// The indexes that an interrupted run has built for what is later, by their names.
pub(super) fn built(sides: &Sides<'_, '_>, later: &BTreeMap<ObjectId, Later>) -> BTreeSet<Name> {
    let mut built = BTreeSet::new();
    for (id, what) in later.iter().filter(|(_, what)| **what != Later::Dropped) {
        let (Some(table), Some(old)) = (sides.to.table_of(id), sides.from.table_of(id).or_else(|| sides.old_table(id)))
        else {
            continue;
        };
        let mut look = |name: Name, wanted: &Index| {
            if old.index(&name.name).is_some_and(|there| objects::does_for(there, wanted)) {
                built.insert(name);
            }
        };
        match sides.to.get(id) {
            Some(Content::Index(index)) => look(objects::while_built(&id.qualified(), sides.to), index),
            Some(Content::Constraint(key)) => {
                let Some(index) = table.index(&key.name) else { continue };
                let own = Name::new(&*id.schema, &*key.name);
                let name = if *what == Later::Made { own } else { objects::while_built(&own, sides.to) };
                look(name, &objects::of_key(table, key, index));
            }
            _ => {}
        }
    }
    built
}

impl<'a> Sides<'_, 'a> {
    /// What `id`, a part of a table of the new side only, finds of it on the old side.
    fn old_table(&self, id: &ObjectId) -> Option<&'a Table> {
        self.from.table(&self.to.table_of(id)?.name)
    }

    fn index(&self, table: &Table, index: &Index) -> Option<(ObjectId, Later)> {
        let id = ObjectId::of(Kind::Index, &Name::new(&*table.name.schema, &*index.name));
        if index.constraint.is_some() {
            return None;
        }
        match self.from.get(&id) {
            None => Some((id, Later::Made)),
            Some(Content::Index(old)) => {
                let replaced = self.from.whole(&id) == Some(&table.id())
                    && old.constraint.is_none()
                    && is_single(table, old)
                    && index.parent.is_none()
                    && self.changes_alone(&id);
                replaced.then_some((id, Later::Replaced))
            }
            Some(_) => None,
        }
    }

    fn key(&self, table: &Table, key: &Constraint) -> Option<(ObjectId, Later)> {
        let id = ObjectId::part(Kind::Constraint, &table.name, &*key.name);
        if !matches!(key.kind, ConstraintKind::Primary | ConstraintKind::Unique) || key.temporal {
            return None;
        }
        let old = self.from.table(&table.name)?;
        let Some(before) = old.constraint(&key.name) else {
            // There is one primary key at a time.
            let has_another = key.kind == ConstraintKind::Primary && old.primary_key().is_some();
            return (!has_another).then_some((id, Later::Made));
        };
        let index = old.index(&before.name)?;
        // There is one primary key at a time.
        let replaced = before.kind == key.kind
            && objects::can_take_index(table, key)
            && objects::can_take_index(old, before)
            && is_single(table, index)
            && table.index(&key.name)?.parent.is_none()
            && self.changes_alone(&id);
        replaced.then_some((id, Later::Replaced))
    }

    /// An index of the old side that goes while all that it is about stays.
    fn gone(&self, table: &Table, index: &Index) -> Option<(ObjectId, Later)> {
        let name = Name::new(&*table.name.schema, &*index.name);
        let id = ObjectId::of(Kind::Index, &name);
        let gone = !self.to.has(&id)
            && index.constraint.is_none()
            && is_single(table, index)
            && !self.taken.contains(&objects::slot_of_relation(&name))
            && self.needs_stay(&id)
            && self.from.needs(&id).iter().all(|needed| self.to.has(needed))
            && self.from.dependents(&id).is_empty();
        gone.then_some((id, Later::Dropped))
    }

    /// Is it made anew for its own sake, and does nobody need the old one?
    fn changes_alone(&self, id: &ObjectId) -> bool {
        let (Some(old), Some(new)) = (self.from.get(id), self.to.get(id)) else { return false };
        let own = ObjectId::of(Kind::Index, &Name::new(&*id.schema, &*id.detail));
        self.fates.is_made(id)
            && objects::change(id, (self.from, old), (self.to, new)) == Change::Rebuild
            && self.needs_stay(id)
            && self.from.dependents(id).iter().all(|dependent| *dependent == own)
    }

    /// Does all that the old one needs stay as it is?
    fn needs_stay(&self, id: &ObjectId) -> bool {
        let same_type = |needed: &ObjectId| match (self.from.get(needed), self.to.get(needed)) {
            (Some(Content::Column(old)), Some(Content::Column(new))) => {
                (&old.data_type, &old.collation) == (&new.data_type, &new.collation)
            }
            _ => true,
        };
        let changes = |needed: &ObjectId| {
            matches!(self.from.get(needed), Some(Content::Composite(_))) && self.fates.is_altered(needed)
        };
        let stays = |needed: &ObjectId| {
            let gone = self.fates.is_dropped(needed) || self.fates.is_aside(needed);
            !gone && !changes(needed) && !self.fates.is_held(needed) && !self.fates.is_retyped(needed)
        };
        let reshaped = self.from.whole(id).is_some_and(|table| self.fates.is_reshaped(table));
        if reshaped && objects::takes_rows(id, self.from) {
            return false;
        }
        self.from.needs(id).iter().all(|needed| stays(needed) && same_type(needed))
    }

    /// What something of the first part needs is of the first part too. A new foreign key can wait for its key.
    fn leave_what_is_needed_before(&self, later: &mut BTreeMap<ObjectId, Later>) {
        // What was once left to the first part is never put off again, so that this comes to an end.
        let mut first = BTreeSet::new();
        loop {
            let mut sooner = BTreeSet::new();
            let mut also = Vec::new();
            for id in later.iter().filter(|(_, what)| **what != Later::Dropped).map(|(id, _)| id) {
                for dependent in self.to.dependents(id) {
                    let serves = match self.to.get(&dependent) {
                        Some(Content::Index(index)) => index.constraint.as_deref() == Some(id.detail.as_str()),
                        _ => false,
                    };
                    if serves || later.contains_key(&dependent) {
                        continue;
                    }
                    match self.to.get(&dependent) {
                        Some(Content::Constraint(key))
                            if key.kind == ConstraintKind::Foreign
                                && !self.from.has(&dependent)
                                && !first.contains(&dependent) =>
                        {
                            also.push(dependent);
                        }
                        _ => drop(sooner.insert(id.clone())),
                    }
                }
            }
            if sooner.is_empty() && also.is_empty() {
                return;
            }
            later.extend(also.into_iter().map(|id| (id, Later::Made)));
            later.retain(|id, _| !sooner.contains(id));
            first.extend(sooner);
        }
    }
}

/// Is it neither put together from those of partitions, nor one of these?
fn is_single(table: &Table, index: &Index) -> bool {
    table.kind == TableKind::Table && index.parent.is_none()
}
