//! Tables that others are made of: children join and are read after their parents are whole, and columns are handed down.

use std::collections::BTreeSet;

use super::{Edges, piece};
use crate::catalog::{Column, Content, Name, ObjectId, ObjectKind, Origin, Table};
use crate::diff::objects;
use crate::diff::order::Order;
use crate::diff::side::Side;
use crate::diff::verb::Verb;
use crate::diff::work::Piece;

impl Edges<'_, '_> {
    /// A child joins a parent that has all that it will have; who reads rows by the parent comes after.
    pub(super) fn of_children(&self, order: &mut Order<Piece>) {
        let joins = |order: &Order<Piece>, id: &ObjectId| order.has(&piece(Verb::Attach, id));
        let tables = self.to.catalog.tables.iter();
        let joining: Vec<&Table> = tables.filter(|table| joins(order, &table.id())).collect();
        for child in joining {
            let attach = piece(Verb::Attach, &child.id());
            // An index that lacks partitions of its own is none that the parent's takes in.
            for table in self.below(child) {
                order.put(&piece(Verb::Attach, &table.id()), &attach);
                for index in &table.indexes {
                    let index = ObjectId::of(ObjectKind::Index, &Name::new(&*table.name.schema, &*index.name));
                    order.put(&piece(Verb::Attach, &index), &attach);
                }
            }
            for parent in child.parents().filter_map(|name| self.to.table(name)) {
                let parent = parent.id();
                for part in self.from.parts(&parent).iter().chain(self.to.parts(&parent)) {
                    if objects::is_for_partitions(part, self.to) || objects::is_from_table(part, self.to) {
                        order.put(&self.leaver(part), &attach);
                    } else if matches!(part.kind, ObjectKind::Column | ObjectKind::Constraint) {
                        for first in [self.leaver(part), self.maker(part), piece(Verb::Alter, part)] {
                            order.put(&first, &attach);
                        }
                    }
                }
                self.of_readers(order, child, &parent);
            }
        }
    }

    /// A partition's index joins that of the table once both keys are there. A foreign key finds the table's only when all have.
    pub(super) fn of_key_indexes(&self, order: &mut Order<Piece>) {
        let attached: Vec<ObjectId> =
            order.pieces().filter(|one| one.verb == Verb::Attach).map(|one| one.id.clone()).collect();
        for id in attached.into_iter().filter(|id| id.kind == ObjectKind::Index) {
            let attach = piece(Verb::Attach, &id);
            let joins = self.to.whole(&id).is_some_and(|table| order.has(&piece(Verb::Attach, table)));
            let mut at = id;
            let mut seen = BTreeSet::new();
            while let Some(Content::Index(index)) = self.to.get(&at).filter(|_| seen.insert(at.clone())) {
                if let Some(key) = objects::key_of(&at, self.to) {
                    order.put(&self.maker(&key), &attach);
                    let pointing = self.to.dependents(&key).into_iter().filter(|one| self.is_foreign_key(one));
                    pointing.filter(|_| !joins).for_each(|one| order.put(&attach, &self.maker(&one)));
                }
                let Some(parent) = &index.parent else { break };
                at = ObjectId::of(ObjectKind::Index, parent);
            }
        }
    }

    fn is_foreign_key(&self, id: &ObjectId) -> bool {
        matches!(self.to.get(id), Some(Content::Constraint(one)) if one.references.is_some())
    }

    /// A parent's column takes those of its heirs along: who reads theirs is out of the way before, and comes after.
    pub(super) fn of_inherited_columns(&self, order: &mut Order<Piece>) {
        let touched =
            |(above, below, _): &(ObjectId, ObjectId, Origin)| self.busy.contains(above) || self.busy.contains(below);
        for (above, below, origin) in inherited_columns(self.from).into_iter().filter(touched) {
            let goes = piece(Verb::Drop, &below);
            let readers = self.from.dependents(&below).into_iter().map(|reader| self.leaver(&reader));
            for leaver in readers.filter(|leaver| *leaver != goes) {
                for then in [Verb::Alter, Verb::Drop] {
                    order.put(&leaver, &piece(then, &above));
                }
            }
            if origin == Origin::Both {
                order.put(&piece(Verb::Drop, &above), &goes);
            }
        }
        for (above, below, origin) in inherited_columns(self.to).into_iter().filter(touched) {
            for reader in self.to.dependents(&below) {
                for first in [Verb::Alter, Verb::Create] {
                    order.put(&piece(first, &above), &self.maker(&reader));
                }
            }
            if !objects::take_parents_name(&below, self.from, self.to).is_empty() {
                order.put(&piece(Verb::Release, &below), &piece(Verb::Alter, &above));
            }
            order.put(&piece(Verb::Alter, &above), &piece(Verb::Alter, &below));
            order.put(&piece(Verb::Alter, &below), &piece(Verb::Create, &above));
            // The server joins a parent's new column to one that the heir has by itself, and not the other way round.
            match origin {
                Origin::Both => order.put(&piece(Verb::Create, &below), &piece(Verb::Create, &above)),
                _ => order.put(&piece(Verb::Create, &above), &self.maker(&below)),
            }
        }
    }

    /// The partitions of `table` on the new side, and theirs.
    pub(super) fn below(&self, table: &Table) -> Vec<&Table> {
        let is_of = |one: &Table, name: &Name| one.partition_of.as_ref().is_some_and(|of| of.parent == *name);
        let mut found: Vec<&Table> = Vec::new();
        let mut ahead = vec![&table.name];
        while let Some(name) = ahead.pop().filter(|_| table.partition_key.is_some()) {
            for one in self.to.catalog.tables.iter().filter(|one| is_of(one, name)) {
                if !found.iter().any(|there| there.name == one.name) {
                    found.push(one);
                    ahead.push(&one.name);
                }
            }
        }
        found
    }

    /// A materialised view that reads `child` by its `parent`, and a foreign key to it, look at its rows when they are made.
    fn of_readers(&self, order: &mut Order<Piece>, child: &Table, parent: &ObjectId) {
        let indexes = child.indexes.iter().map(|index| Name::new(&*child.name.schema, &*index.name));
        let given: Vec<Piece> = std::iter::once(child.id())
            .chain(indexes.map(|index| ObjectId::of(ObjectKind::Index, &index)))
            .map(|id| piece(Verb::Attach, &id))
            .collect();
        let parts = self.to.parts(parent).iter().chain(std::iter::once(parent));
        let mut ahead: Vec<ObjectId> = parts.flat_map(|part| self.to.dependents(part)).collect();
        let mut seen = BTreeSet::new();
        while let Some(reader) = ahead.pop() {
            let key = self.is_key_from_outside(&reader, parent);
            let view = matches!(reader.kind, ObjectKind::View | ObjectKind::MaterializedView);
            if (key || view) && seen.insert(reader.clone()) {
                for first in &given {
                    order.put(first, &self.maker(&reader));
                    order.put(first, &piece(Verb::Fill, &reader));
                }
                if view {
                    ahead.extend(self.to.parts(&reader).iter().flat_map(|part| self.to.dependents(part)));
                    ahead.extend(self.to.dependents(&reader));
                }
            }
        }
    }

    /// Is it a foreign key to `parent` of a table that is no child of it?
    fn is_key_from_outside(&self, key: &ObjectId, parent: &ObjectId) -> bool {
        let outside = |table: &Table| table.id() != *parent && !table.parents().any(|name| *name == parent.qualified());
        self.is_foreign_key(key) && self.to.table_of(key).is_some_and(outside)
    }
}

/// The columns that tables have from others, each with one above it, however far, and where it comes from.
pub(super) fn inherited_columns(side: &Side<'_>) -> Vec<(ObjectId, ObjectId, Origin)> {
    let id = |table: &Table, column: &Column| ObjectId::part(ObjectKind::Column, &table.name, &*column.name);
    let mut found = Vec::new();
    for heir in &side.catalog.tables {
        let mut ahead: Vec<&Name> = heir.parents().collect();
        let mut seen = BTreeSet::new();
        while let Some(name) = ahead.pop() {
            let Some(parent) = side.table(name).filter(|_| seen.insert(name)) else { continue };
            ahead.extend(parent.parents());
            let inherited = heir.columns.iter().filter(|column| column.origin != Origin::Own);
            let pairs = inherited.filter_map(|below| Some((parent.column(&below.name)?, below)));
            found.extend(pairs.map(|(above, below)| (id(parent, above), id(heir, below), below.origin)));
        }
    }
    found
}
