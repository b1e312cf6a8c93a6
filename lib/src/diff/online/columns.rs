//! Columns that refuse NULL only once it is known that none is there, and those whose rows are filled before that.

use std::collections::BTreeMap;

use super::later::{Later, Sides};
use super::{CHECKS_LATER, objects};
use crate::catalog::{Catalog, Column, ConstraintKind, Name, ObjectId, ObjectKind as Kind, Origin, Table};
use objects::Mark;

/// What a column waits for.
enum Wait {
    /// Its NOT NULL is there, and is checked later.
    Checked,
    /// A mark stands on it.
    Marked(Mark),
    /// It refuses NULL as long as the primary key that it leaves is there.
    Left,
}

/// Makes the columns of `catalog` those that they are halfway; returns the keys of partitions with the columns of the whole that
/// must refuse NULL before them.
pub(super) fn hold_back(
    catalog: &mut Catalog,
    sides: &Sides<'_, '_>,
    later: &BTreeMap<ObjectId, Later>,
    server: u32,
) -> BTreeMap<ObjectId, Vec<ObjectId>> {
    let mut waits: BTreeMap<ObjectId, Vec<ObjectId>> = BTreeMap::new();
    let steady = |table: &&Table| sides.steady.has(&table.name);
    for table in sides.to.catalog.tables.iter().filter(steady) {
        for column in &table.columns {
            let Some(wait) = sides.wait(table, column, later, server) else { continue };
            let family = sides.steady.below(&table.name);
            let own = |one: &Table| one.name == table.name;
            for one in catalog.tables.iter_mut().filter(|one| own(one) || family.contains(&one.name)) {
                let is_own = own(one);
                hold_back_one(one, sides.from.table(&one.name), &column.name, &wait, is_own);
            }
            if matches!(wait, Wait::Left) {
                continue;
            }
            let id = ObjectId::part(Kind::Column, &table.name, &*column.name);
            for relative in family.iter().filter_map(|name| sides.to.table(name)) {
                let key = relative.primary_key().filter(|key| key.columns.contains(&column.name));
                let key = key.map(|key| ObjectId::part(Kind::Constraint, &relative.name, &*key.name));
                key.into_iter().for_each(|key| waits.entry(key).or_default().push(id.clone()));
            }
        }
    }
    waits
}

fn hold_back_one(table: &mut Table, before: Option<&Table>, name: &str, wait: &Wait, is_own: bool) {
    let old = before.and_then(|before| before.column(name));
    let Some(column) = table.columns.iter_mut().find(|column| column.name == *name) else { return };
    if !is_own && column.origin != Origin::Inherited {
        return;
    }
    match wait {
        Wait::Checked => {
            if let Some(constraint) = column.not_null_constraint.as_mut().filter(|_| is_own) {
                constraint.validated = false;
            }
        }
        Wait::Left => keep_not_null(column, old),
        Wait::Marked(mark) => {
            keep_not_null(column, old);
            // What an interrupted run has left stays as it is. NULL is refused from the last part on; that rows are to be
            // filled must be known as soon as the column is there.
            let left = before.and_then(|before| mark.find(before, name)).cloned();
            let check = left.or_else(|| (*mark == Mark::Filling).then(|| mark.on(name)));
            if let Some(check) = check.filter(|_| is_own) {
                table.constraints.push(check);
                table.constraints.sort_by(|a, b| a.name.cmp(&b.name));
            }
        }
    }
}

fn keep_not_null(column: &mut Column, old: Option<&Column>) {
    column.not_null = old.is_some_and(|old| old.not_null);
    column.not_null_constraint = old.and_then(|old| old.not_null_constraint.clone());
}

impl Sides<'_, '_> {
    fn wait(&self, table: &Table, column: &Column, later: &BTreeMap<ObjectId, Later>, server: u32) -> Option<Wait> {
        let id = ObjectId::part(Kind::Column, &table.name, &*column.name);
        if column.origin == Origin::Inherited || !self.can_wait(table, column, later) {
            return None;
        }
        let before = self.from.table(&table.name)?;
        // A check that the wanted side has is no mark of ours.
        let is_left =
            |mark: Mark| mark.find(before, &column.name).is_some() && mark.find(table, &column.name).is_none();
        let Some(old) = before.column(&column.name) else {
            let default = column.default.as_deref().filter(|_| column.generated.is_none())?;
            let filled = column.identity.is_none()
                && !(self.steady.has_children(&table.name) && table.partition_key.is_none())
                && !objects::default_comes_later(&id, self.to)
                && Mark::Filling.find(table, &column.name).is_none()
                && !objects::looks_at_values(&column.data_type, self.to)
                && objects::is_volatile(&id, default, self.to);
            return filled.then_some(Wait::Marked(Mark::Filling));
        };
        if self.fates.is_made(&id) {
            return None;
        }
        if old.not_null && !column.not_null && self.is_left_later(before, column, later) {
            return Some(Wait::Left);
        }
        if old.identity != column.identity {
            return None;
        }
        let goes_not_null = column.not_null && !old.not_null;
        if is_left(Mark::Filling) && column.default.is_some() && column.generated.is_none() {
            return Some(Wait::Marked(Mark::Filling));
        }
        if is_left(Mark::NotNull) && goes_not_null {
            return Some(Wait::Marked(Mark::NotNull));
        }
        let is_checked = |column: &Column| column.not_null_constraint.as_ref().is_none_or(|one| one.validated);
        match (old.not_null, column.not_null) {
            (true, true) if !is_checked(old) && is_checked(column) => Some(Wait::Checked),
            (false, true) if !is_checked(column) => None,
            (false, true) if server >= CHECKS_LATER && column.not_null_constraint.is_some() => Some(Wait::Checked),
            (false, true) => Some(Wait::Marked(Mark::NotNull)),
            _ => None,
        }
    }

    /// Is it of the primary key that `before` has, and which another one replaces later?
    fn is_left_later(&self, before: &Table, column: &Column, later: &BTreeMap<ObjectId, Later>) -> bool {
        let key = before.primary_key().filter(|key| key.columns.contains(&column.name));
        let id = key.map(|key| ObjectId::part(Kind::Constraint, &before.name, &*key.name));
        id.is_some_and(|id| later.get(&id) == Some(&Later::Replaced))
    }

    /// Does nothing of the first part need that the column refuses NULL?
    fn can_wait(&self, table: &Table, column: &Column, later: &BTreeMap<ObjectId, Later>) -> bool {
        let is_later = |name: &str| later.contains_key(&ObjectId::part(Kind::Constraint, &table.name, name));
        let key_is_later = table.constraints.iter().all(|key| {
            key.kind != ConstraintKind::Primary || !key.columns.contains(&column.name) || is_later(&key.name)
        });
        let found_by = table.indexes.iter().any(|index| {
            let name = Name::new(&*table.name.schema, &*index.name);
            let is_later = later.contains_key(&ObjectId::of(Kind::Index, &name))
                || index.constraint.as_deref().is_some_and(is_later);
            index.replica_identity && index.columns.contains(&column.name) && !is_later
        });
        key_is_later && !found_by
    }
}
