//! The way in two parts, so that nobody who uses a table waits for long.
//!
//! Halfway is a catalog like the wanted one, in which what would take long under a lock is not there yet: indexes and keys are
//! not made, constraints not checked, columns still take NULL. The first part leads there by plain statements, as many
//! in a transaction as go together. The last part leads on from there, each statement by itself, without long locks.
//! Wherever it stops, the catalog says what is left.

mod columns;
mod later;
mod steady;

use std::collections::{BTreeMap, BTreeSet};

use super::Options;
use super::fate::{Fate, Fates};
use super::objects::{self, Mark};
use super::passing::Passing;
use super::side::Side;
use crate::catalog::{
    Catalog, Constraint, ConstraintKind, Dependencies, Name, ObjectId, ObjectKind as Kind, Origin, Table, TableKind,
};
use later::{Later, Sides};
use steady::Steady;

/// From this version on, foreign keys of partitioned tables can be checked after they are made, and so can NOT NULL.
const CHECKS_LATER: u32 = 180_000;

/// Where the first part of the way ends.
pub(super) struct Halfway {
    pub catalog: Catalog,
    /// The same without the comments of what is replaced: they go with it.
    bare: Catalog,
    /// Indexes that an interrupted run has built.
    built: BTreeSet<Name>,
    /// Keys of partitions with the columns of the whole that refuse NULL before them.
    waits: BTreeMap<ObjectId, Vec<ObjectId>>,
}

/// Where to stop on the way from `from` to `to`, whose children have parted from their parents, `whole` being the two before that;
/// `None` where nothing takes long.
pub(super) fn halfway(
    whole: (&Catalog, &Catalog),
    (from, to): (&Side<'_>, &Side<'_>),
    fates: &Fates,
    server: u32,
) -> Option<Halfway> {
    if fates.iter().all(|(_, fate)| *fate == Fate::Alter(Vec::new())) {
        return None;
    }
    let steady = Steady::of(whole.0, whole.1, fates);
    let made = to.objects().filter(|(id, _)| fates.is_made(id));
    let taken = made.flat_map(|(id, content)| objects::slots(id, content)).collect();
    let sides = Sides { from, to, fates, steady: &steady, taken };
    let later = later::later(&sides);
    let built = later::built(&sides, &later);
    let mut catalog = to.catalog.clone();
    let mut kept = Vec::new();
    for table in &mut catalog.tables {
        let old = from.table(&table.name);
        hold_back(table, old, &later, &built, &mut kept);
        if steady.has(&table.name) {
            leave_unchecked(table, &sides, &later, server);
        }
    }
    let waits = columns::hold_back(&mut catalog, &sides, &later, server);
    if catalog == *to.catalog {
        return None;
    }
    catalog.dependencies = dependencies(&catalog, from, &kept);
    let mut bare = catalog.clone();
    for table in &mut bare.tables {
        uncomment(table, &later);
    }
    Some(Halfway { catalog, bare, built, waits })
}

impl Halfway {
    /// The two sides of the last part.
    pub(super) fn last_part<'a>(
        &'a self,
        to: &'a Catalog,
        passing: &Passing,
        options: &Options,
    ) -> (Side<'a>, Side<'a>) {
        let side = |catalog: &'a Catalog| options.side(catalog, passing);
        let online = |catalog: &'a Catalog| side(catalog).online(self.built.clone(), self.waits.clone());
        (online(&self.bare), online(to))
    }
}

/// Makes the indexes and keys of `table` those that it has halfway; `kept` gets what is the old side's.
fn hold_back(
    table: &mut Table,
    old: Option<&Table>,
    later: &BTreeMap<ObjectId, Later>,
    built: &BTreeSet<Name>,
    kept: &mut Vec<ObjectId>,
) {
    let name = table.name.clone();
    let index_id = |index: &str| ObjectId::of(Kind::Index, &Name::new(&*name.schema, index));
    let constraint_id = |constraint: &str| ObjectId::part(Kind::Constraint, &name, constraint);
    // An index goes the way of its constraint.
    let fate = |index: &str, constraint: Option<&str>| match constraint {
        Some(constraint) => later.get(&constraint_id(constraint)),
        None => later.get(&index_id(index)),
    };
    table.indexes.retain(|one| fate(&one.name, one.constraint.as_deref()).is_none());
    table.constraints.retain(|one| !later.contains_key(&constraint_id(&one.name)));
    let Some(old) = old else { return };
    for index in &old.indexes {
        let fate = fate(&index.name, index.constraint.as_deref());
        let stays = matches!(fate, Some(Later::Replaced | Later::Dropped));
        let serves = built.contains(&Name::new(&*name.schema, &*index.name));
        if (stays || serves) && table.index(&index.name).is_none() {
            table.indexes.push(index.clone());
            kept.push(index_id(&index.name));
        }
    }
    let replaced = |one: &&Constraint| later.get(&constraint_id(&one.name)) == Some(&Later::Replaced);
    for constraint in old.constraints.iter().filter(replaced) {
        table.constraints.push(constraint.clone());
        kept.push(constraint_id(&constraint.name));
    }
    table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    table.constraints.sort_by(|a, b| a.name.cmp(&b.name));
}

/// Checks and foreign keys are there halfway, without a look at the rows.
fn leave_unchecked(table: &mut Table, sides: &Sides<'_, '_>, later: &BTreeMap<ObjectId, Later>, server: u32) {
    let (name, kind) = (table.name.clone(), table.kind);
    for constraint in &mut table.constraints {
        let id = ObjectId::part(Kind::Constraint, &name, &*constraint.name);
        let can = match constraint.kind {
            ConstraintKind::Check => true,
            ConstraintKind::Foreign => kind != TableKind::Partitioned || server >= CHECKS_LATER,
            _ => false,
        };
        let old = sides.from.table(&name).and_then(|old| old.constraint(&constraint.name));
        let comes = sides.fates.is_made(&id) || old.is_some_and(|old| !old.validated);
        let unchecked = can && comes && constraint.validated && constraint.enforced;
        if unchecked && constraint.origin != Origin::Inherited && !later.contains_key(&id) {
            constraint.validated = false;
            constraint.definition.push_str(" NOT VALID");
        }
    }
}

/// Who needs whom halfway: as on the new side, and what is kept as on the old one.
fn dependencies(catalog: &Catalog, from: &Side<'_>, kept: &[ObjectId]) -> Dependencies {
    let new = catalog.dependencies.iter().map(|(id, needed)| (id.clone(), needed.clone()));
    let old = kept.iter().flat_map(|id| {
        let needed = from.catalog.dependencies.of(id);
        needed.map(|needed| (id.clone(), needed.clone())).collect::<Vec<_>>()
    });
    let marks = catalog.tables.iter().flat_map(|table| {
        let marks = |column: &str| [Mark::Filling, Mark::NotNull].map(|mark| mark.find(table, column));
        let columns = table.columns.iter().map(|column| column.name.as_str());
        let marked = columns.flat_map(|column| marks(column).into_iter().flatten().map(move |mark| (mark, column)));
        let id = |kind, detail: &str| ObjectId::part(kind, &table.name, detail);
        marked.map(|(mark, column)| (id(Kind::Constraint, &mark.name), id(Kind::Column, column))).collect::<Vec<_>>()
    });
    Dependencies::of_pairs(new.chain(old).chain(marks))
}

fn uncomment(table: &mut Table, later: &BTreeMap<ObjectId, Later>) {
    let name = table.name.clone();
    let replaced = |id: ObjectId| later.get(&id) == Some(&Later::Replaced);
    let constraint = |detail: &str| ObjectId::part(Kind::Constraint, &name, detail);
    for index in &mut table.indexes {
        let own = ObjectId::of(Kind::Index, &Name::new(&*name.schema, &*index.name));
        if replaced(own) || index.constraint.as_deref().is_some_and(|serves| replaced(constraint(serves))) {
            index.comment = None;
        }
    }
    for one in table.constraints.iter_mut().filter(|one| replaced(constraint(&one.name))) {
        one.comment = None;
    }
}
