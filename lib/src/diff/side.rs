//! One side of a comparison: a catalog in which everything is found by name.

use std::collections::{BTreeMap, BTreeSet};

use super::passing::Passing;
use crate::catalog::{Catalog, Column, Content, Name, ObjectId, ObjectKind, Table, View};

/// A catalog with its objects by name.
pub(super) struct Side<'a> {
    pub catalog: &'a Catalog,
    /// The role that the plan runs as.
    pub role: String,
    /// The version of the server that the plan is for, 150018; 0 where it is not known.
    pub server: u32,
    /// What things are called that are there only meanwhile.
    pub passing: Passing,
    objects: BTreeMap<ObjectId, Content<'a>>,
    /// A part's whole: a column's table, an index's table or view, a constraint's table or domain.
    wholes: BTreeMap<ObjectId, ObjectId>,
    parts: BTreeMap<ObjectId, Vec<ObjectId>>,
    /// The tables that others are partitions or heirs of.
    parents: BTreeSet<&'a Name>,
    /// In the last part of the way, where no lock is held for long: the indexes that an interrupted run has built already.
    built: Option<BTreeSet<Name>>,
    /// What waits there for a column of its table's parents.
    waits: BTreeMap<ObjectId, Vec<ObjectId>>,
}

impl<'a> Side<'a> {
    pub(super) fn new(catalog: &'a Catalog, role: &str) -> Self {
        let objects = catalog.objects().into_iter().map(|object| (object.id, object.content)).collect();
        let mut wholes = BTreeMap::new();
        for table in &catalog.tables {
            parts_of_table(table, &mut wholes);
        }
        for view in &catalog.views {
            parts_of_view(view, &mut wholes);
        }
        for domain in &catalog.domains {
            for check in domain.constraints.iter().chain(&domain.not_null_constraint) {
                let part = ObjectId::part(ObjectKind::Constraint, &domain.name, &*check.name);
                wholes.insert(part, ObjectId::of(ObjectKind::Domain, &domain.name));
            }
        }
        let mut parts: BTreeMap<ObjectId, Vec<ObjectId>> = BTreeMap::new();
        for (part, whole) in &wholes {
            parts.entry(whole.clone()).or_default().push(part.clone());
        }
        Self {
            catalog,
            role: role.to_owned(),
            server: 0,
            passing: Passing::default(),
            objects,
            wholes,
            parts,
            parents: catalog.tables.iter().flat_map(Table::parents).collect(),
            built: None,
            waits: BTreeMap::new(),
        }
    }

    /// The same for a plan that is for a server of that version, and that has such names.
    pub(super) fn on(self, server: u32, passing: &Passing) -> Self {
        Self { server, passing: passing.clone(), ..self }
    }

    /// The same for the last part of an online way, in which the indexes `built` are there already and what `waits` names needs
    /// more than it does by itself.
    pub(super) fn online(self, built: BTreeSet<Name>, waits: BTreeMap<ObjectId, Vec<ObjectId>>) -> Self {
        Self { built: Some(built), waits, ..self }
    }

    /// Is this the last part of an online way, where no lock is held for long?
    pub(super) fn is_online(&self) -> bool {
        self.built.is_some()
    }

    /// Has an interrupted run built the index of that name, to be used now?
    pub(super) fn is_built(&self, index: &Name) -> bool {
        self.built.as_ref().is_some_and(|built| built.contains(index))
    }

    /// Every object, in order of names.
    pub(super) fn objects(&self) -> impl Iterator<Item = (&ObjectId, Content<'a>)> {
        self.objects.iter().map(|(id, content)| (id, *content))
    }

    pub(super) fn get(&self, id: &ObjectId) -> Option<Content<'a>> {
        self.objects.get(id).copied()
    }

    pub(super) fn has(&self, id: &ObjectId) -> bool {
        self.objects.contains_key(id)
    }

    /// The object that `id` is a part of.
    pub(super) fn whole(&self, id: &ObjectId) -> Option<&ObjectId> {
        self.wholes.get(id)
    }

    /// The parts of `id`.
    pub(super) fn parts(&self, id: &ObjectId) -> &[ObjectId] {
        self.parts.get(id).map_or(&[], Vec::as_slice)
    }

    /// Has the table of that name partitions or heirs?
    pub(super) fn has_children(&self, table: &Name) -> bool {
        self.parents.contains(table)
    }

    /// The table of that name, of whatever kind.
    pub(super) fn table(&self, name: &Name) -> Option<&'a Table> {
        [ObjectKind::Table, ObjectKind::ForeignTable].into_iter().find_map(|kind| {
            match self.objects.get(&ObjectId::of(kind, name)) {
                Some(Content::Table(table)) => Some(*table),
                _ => None,
            }
        })
    }

    /// The table that the part `id` belongs to.
    pub(super) fn table_of(&self, id: &ObjectId) -> Option<&'a Table> {
        match self.get(self.whole(id)?) {
            Some(Content::Table(table)) => Some(table),
            _ => None,
        }
    }

    /// What `id` needs, defaults standing for their columns. An extension needs its schema.
    pub(super) fn needs(&self, id: &ObjectId) -> Vec<ObjectId> {
        let catalog = self.catalog;
        let own = catalog.dependencies.of(id).map(known);
        let default = ObjectId { kind: ObjectKind::Default, ..id.clone() };
        let of_default = catalog.dependencies.of(&default).map(known);
        let column = id.kind == ObjectKind::Column;
        let schema = match self.get(id) {
            Some(Content::Extension(extension)) => Some(ObjectId::global(ObjectKind::Schema, &*extension.schema)),
            _ => None,
        };
        let waited = self.waits.get(id).into_iter().flatten().cloned();
        let all = own.chain(of_default.filter(|_| column)).chain(schema).chain(waited);
        all.filter(|needed| needed != id && self.has(needed)).collect()
    }

    /// Does the default of `column` need `id`?
    pub(super) fn default_needs(&self, column: &ObjectId, id: &ObjectId) -> bool {
        let default = ObjectId { kind: ObjectKind::Default, ..column.clone() };
        column.kind == ObjectKind::Column && self.catalog.dependencies.of(&default).any(|needed| needed == id)
    }

    /// Who needs `id`, defaults standing for their columns.
    pub(super) fn dependents(&self, id: &ObjectId) -> Vec<ObjectId> {
        let found = self.catalog.dependencies.dependents(id).map(known);
        found.filter(|dependent| dependent != id && self.has(dependent)).collect()
    }
}

/// A default is a part of its column.
pub(super) fn known(id: &ObjectId) -> ObjectId {
    match id.kind {
        ObjectKind::Default => ObjectId { kind: ObjectKind::Column, ..id.clone() },
        _ => id.clone(),
    }
}

fn parts_of_table(table: &Table, wholes: &mut BTreeMap<ObjectId, ObjectId>) {
    let name = &table.name;
    columns(name, &table.columns, &table.id(), wholes);
    let mut part = |kind, detail: &str| wholes.insert(ObjectId::part(kind, name, detail), table.id());
    for one in &table.constraints {
        part(ObjectKind::Constraint, &one.name);
    }
    for one in &table.triggers {
        part(ObjectKind::Trigger, &one.name);
    }
    for one in &table.rules {
        part(ObjectKind::Rule, &one.name);
    }
    for one in &table.policies {
        part(ObjectKind::Policy, &one.name);
    }
    for one in &table.indexes {
        let index = Name::new(&*name.schema, &*one.name);
        wholes.insert(ObjectId::of(ObjectKind::Index, &index), table.id());
    }
}

fn parts_of_view(view: &View, wholes: &mut BTreeMap<ObjectId, ObjectId>) {
    let name = &view.name;
    columns(name, &view.columns, &view.id(), wholes);
    for one in &view.triggers {
        wholes.insert(ObjectId::part(ObjectKind::Trigger, name, &*one.name), view.id());
    }
    for one in &view.rules {
        wholes.insert(ObjectId::part(ObjectKind::Rule, name, &*one.name), view.id());
    }
    for one in &view.indexes {
        let index = Name::new(&*name.schema, &*one.name);
        wholes.insert(ObjectId::of(ObjectKind::Index, &index), view.id());
    }
}

fn columns(name: &Name, columns: &[Column], whole: &ObjectId, wholes: &mut BTreeMap<ObjectId, ObjectId>) {
    for one in columns {
        wholes.insert(ObjectId::part(ObjectKind::Column, name, &*one.name), whole.clone());
    }
}
