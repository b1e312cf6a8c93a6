//! Children that part from their parents: a partition, or a table that inherits, which stays while its parent goes, is made
//! anew, or is its parent no more. Dropping a parent takes its partitions along, rows and all: they are let go first.

use std::collections::{BTreeMap, BTreeSet};

use super::change::Statement;
use super::objects;
use crate::catalog::{Catalog, Column, Constraint, ConstraintKind, Name, ObjectId, ObjectKind as Kind, Origin, Table};
use crate::sql::ident;

/// A table that lets go of others.
pub(super) struct Parting {
    /// The child; or a parent that first drops what would hold its children back.
    pub table: ObjectId,
    /// The parents that it leaves.
    pub parents: Vec<ObjectId>,
    pub statements: Vec<Statement>,
}

/// The two catalogs as they are between the partings and the new belongings.
pub(super) struct Parted {
    /// The old side without what the children leave.
    pub from: Catalog,
    /// The new side, in which what a child will have from a parent yet to come is its own: it must have it before it can join.
    pub to: Catalog,
    pub partings: Vec<Parting>,
}

/// What parts on the way from `from` to `to`, on which the tables `made_anew` are; `None` where every child keeps the parents that
/// it has.
pub(super) fn of(from: &Catalog, to: &Catalog, made_anew: &BTreeSet<ObjectId>) -> Option<Parted> {
    let (old, new) = (by_name(from), by_name(to));
    let stays = |old: &Table, new: &Table| old.id() == new.id() && !made_anew.contains(&old.id());
    let mut children: BTreeMap<Name, Child> = BTreeMap::new();
    for (name, before) in &old {
        let Some(after) = new.get(name).filter(|after| stays(before, after)) else { continue };
        let lasts = |parent: &Name| old.get(parent).zip(new.get(parent)).is_some_and(|(old, new)| stays(old, new));
        let same_bound = before.partition_of == after.partition_of;
        let kept = |parent: &Name| {
            let partition = before.partition_of.as_ref().is_some_and(|of| of.parent == *parent);
            lasts(parent) && after.parents().any(|other| other == parent) && (!partition || same_bound)
        };
        let (mut kept, mut left): (BTreeSet<Name>, BTreeSet<Name>) =
            before.parents().cloned().partition(|parent| kept(parent));
        if pulled_apart(before, after, &kept, &old) {
            left.extend(before.parents().filter(|parent| kept.contains(*parent)).skip(1).cloned());
            kept.retain(|parent| !left.contains(parent));
        }
        let hindering: BTreeSet<Name> =
            kept.iter().filter(|parent| hinders(before, after, parent, &old)).cloned().collect();
        kept.retain(|parent| !hindering.contains(parent));
        left.extend(hindering);
        if !left.is_empty() || after.parents().any(|parent| !kept.contains(parent)) {
            children.insert(name.clone(), Child { kept, left });
        }
    }
    if children.is_empty() {
        return None;
    }
    let partings = partings(&children, &old, |parent| new.get(&parent.name).is_some_and(|new| stays(parent, new)));
    Some(Parted { from: left_behind(from, &children), to: to_come(to, &children), partings })
}

/// Does `child` have something of several of its parents that becomes something else? The server changes it by none of them while
/// it has it of another one too.
fn pulled_apart(child: &Table, after: &Table, parents: &BTreeSet<Name>, side: &BTreeMap<Name, &Table>) -> bool {
    let parents: Vec<&&Table> = parents.iter().filter_map(|name| side.get(name)).collect();
    let shared = |has: &dyn Fn(&Table) -> bool| parents.iter().filter(|parent| has(parent)).count() > 1;
    let retyped = child.columns.iter().any(|old| {
        let another = |new: &Column| (&old.data_type, &old.collation) != (&new.data_type, &new.collation);
        after.column(&old.name).is_some_and(another) && shared(&|parent| parent.column(&old.name).is_some())
    });
    let checked = child.constraints.iter().any(|old| {
        let another = |new: &Constraint| old.definition != new.definition;
        after.constraint(&old.name).is_some_and(another) && shared(&|parent| parent.constraint(&old.name).is_some())
    });
    parents.len() > 1 && (retyped || checked)
}

/// Is there a column that `child` computes no more and has from further up than its `parent`? The server lets a table and its
/// children go on without the expression at once, and with children of these neither at once nor one by one.
fn hinders(child: &Table, after: &Table, parent: &Name, side: &BTreeMap<Name, &Table>) -> bool {
    let computes = |name: &Name, column: &Column| {
        let above = side.get(name).and_then(|table| table.column(&column.name));
        above.is_some_and(|above| above.generated.is_some())
    };
    let further_up = |column: &Column| {
        let parents = side.get(parent).into_iter().flat_map(|table| table.parents());
        computes(parent, column) && parents.into_iter().any(|name| computes(name, column))
    };
    let plain = |column: &&Column| after.column(&column.name).is_some_and(|new| new.generated.is_none());
    let mut computed = child.columns.iter().filter(|column| column.generated.as_ref().is_some_and(|one| one.stored));
    computed.any(|column| plain(&column) && further_up(column))
}

/// A table that stays while its parents do not all.
struct Child {
    kept: BTreeSet<Name>,
    left: BTreeSet<Name>,
}

fn by_name(catalog: &Catalog) -> BTreeMap<Name, &Table> {
    catalog.tables.iter().map(|table| (table.name.clone(), table)).collect()
}

fn partings(
    children: &BTreeMap<Name, Child>,
    old: &BTreeMap<Name, &Table>,
    stays: impl Fn(&Table) -> bool,
) -> Vec<Parting> {
    let mut partings = Vec::new();
    let mut gone: BTreeSet<&Name> = BTreeSet::new();
    for (name, child) in children.iter().filter(|(_, child)| !child.left.is_empty()) {
        let left: Vec<&&Table> = child.left.iter().filter_map(|parent| old.get(parent)).collect();
        let leave = |parent: &&&Table| match old[name].partition_of {
            Some(_) => format!("ALTER TABLE {} DETACH PARTITION {name}", parent.name),
            None => format!("{} NO INHERIT {}", objects::alter_table(old[name]), parent.name),
        };
        partings.push(Parting {
            table: old[name].id(),
            parents: left.iter().map(|parent| parent.id()).collect(),
            statements: left.iter().map(leave).map(Statement::new).collect(),
        });
        gone.extend(left.iter().filter(|parent| !stays(parent)).map(|parent| &parent.name));
    }
    // Rows that point at rows of another partition hold that one.
    for table in gone.into_iter().map(|name| old[name]) {
        let own = table.foreign_keys().filter(|key| key.references.as_ref().is_some_and(|to| to.table == table.name));
        let statements: Vec<Statement> = own
            .map(|key| Statement::new(format!("ALTER TABLE {} DROP CONSTRAINT {}", table.name, ident(&key.name))))
            .collect();
        if !statements.is_empty() && table.partition_key.is_some() {
            partings.push(Parting { table: table.id(), parents: Vec::new(), statements });
        }
    }
    partings
}

/// The old side after the partings: what a child had from a parent is its own, or gone with it.
fn left_behind(from: &Catalog, children: &BTreeMap<Name, Child>) -> Catalog {
    let old = by_name(from);
    let tables_of_indexes: BTreeMap<Name, &Name> = from
        .tables
        .iter()
        .flat_map(|table| table.indexes.iter().map(|index| (Name::new(&*table.name.schema, &*index.name), &table.name)))
        .collect();
    let table_of = |id: &ObjectId| match id.kind {
        Kind::Index => tables_of_indexes.get(&id.qualified()).map(|table| (*table).clone()),
        _ => Some(id.qualified()),
    };
    let foreign = |id: &ObjectId| {
        let key = old.get(&id.qualified()).and_then(|table| table.constraint(&id.detail));
        id.kind == Kind::Constraint && key.is_some_and(|key| key.kind == ConstraintKind::Foreign)
    };
    let inherits = |id: &ObjectId| {
        matches!(
            id.kind,
            Kind::Table | Kind::ForeignTable | Kind::Column | Kind::Index | Kind::Constraint | Kind::Trigger
        )
    };
    let mut catalog = from.clone();
    catalog.dependencies.retain_pairs(|id, needed| {
        let (Some(child), Some(parent)) = (table_of(id), table_of(needed)) else { return true };
        let left = children.get(&child).is_some_and(|child| child.left.contains(&parent));
        // A child's own foreign key to its parent is no part of belonging to it.
        !left || !inherits(id) || !inherits(needed) || (foreign(id) && !foreign(needed))
    });
    for table in &mut catalog.tables {
        let Some(child) = children.get(&table.name) else { continue };
        own(table, &child.kept, &old);
        if table.partition_of.as_ref().is_some_and(|of| child.left.contains(&of.parent)) {
            table.partition_of = None;
            table.triggers.retain(|trigger| !trigger.inherited);
            for index in &mut table.indexes {
                (index.parent, index.inherited) = (None, false);
            }
            // What came with a parent's key to itself goes with it.
            let with_it = |to: &Name| child.left.contains(to);
            let original = old[&table.name];
            table.constraints.retain(|one| {
                let inherited = original.constraint(&one.name).is_some_and(|one| one.origin == Origin::Inherited);
                let own_key = one.references.as_ref().is_some_and(|to| with_it(&to.table));
                !(inherited && own_key)
            });
        }
        table.inherits.retain(|parent| child.kept.contains(parent));
    }
    catalog
}

/// The new side before the children join.
fn to_come(to: &Catalog, children: &BTreeMap<Name, Child>) -> Catalog {
    let new = by_name(to);
    let mut catalog = to.clone();
    for table in &mut catalog.tables {
        if let Some(child) = children.get(&table.name) {
            own(table, &child.kept, &new);
            // Its parent's key to itself comes with it.
            let original = new[&table.name];
            for one in &mut table.constraints {
                let to_parent =
                    one.references.as_ref().is_some_and(|to| original.parents().any(|name| *name == to.table));
                let before = original.constraint(&one.name).map(|one| one.origin);
                if to_parent && let Some(origin) = before {
                    one.origin = origin;
                }
            }
        }
    }
    catalog
}

/// Makes all that no parent of `kept` gives the table's own.
fn own(table: &mut Table, kept: &BTreeSet<Name>, side: &BTreeMap<Name, &Table>) {
    let kept: Vec<&&Table> = kept.iter().filter_map(|parent| side.get(parent)).collect();
    for column in &mut table.columns {
        if !kept.iter().any(|parent| parent.column(&column.name).is_some()) {
            column.origin = Origin::Own;
            if let Some(constraint) = &mut column.not_null_constraint {
                constraint.origin = Origin::Own;
            }
        }
    }
    for one in &mut table.constraints {
        if !kept.iter().any(|parent| parent.constraint(&one.name).is_some()) {
            one.origin = Origin::Own;
        }
    }
}
