//! The database as each statement of a plan finds it: what the catalog says, and what earlier statements have changed since.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::cursor::Written;
use super::data_type::is_own;
use crate::catalog::{Catalog, Constraint, ConstraintKind, Domain, Name, ObjectId, ObjectKind, Table, TableKind};

/// Something that can be locked.
#[derive(Clone, Debug)]
pub(super) struct Relation<'a> {
    pub kind: Kind<'a>,
    /// A statement of the plan made it: nobody else knows it.
    pub new: bool,
    /// What the catalog calls it.
    was: Name,
}

#[derive(Clone, Debug)]
pub(super) enum Kind<'a> {
    /// As the catalog has it.
    Table(&'a Table),
    /// As the plan has made or changed it.
    Changed(Box<Table>),
    /// The query that it is, as far as it is known.
    View {
        query: Cow<'a, str>,
        materialized: bool,
    },
    Sequence {
        owner: Option<Name>,
    },
    Index {
        of: Name,
    },
    Composite,
}

impl Kind<'_> {
    fn table(&self) -> Option<&Table> {
        match self {
            Kind::Table(table) => Some(table),
            Kind::Changed(table) => Some(table),
            _ => None,
        }
    }
}

pub(super) struct Known<'a> {
    pub catalog: &'a Catalog,
    /// The server's major version.
    pub major: u32,
    /// SQL functions are read when they are made.
    pub checks_bodies: bool,
    path: Vec<String>,
    relations: BTreeMap<Name, Relation<'a>>,
    /// Tables that are, or once were, children or partitions of a table.
    children: BTreeMap<Name, Vec<Name>>,
    /// Tables that have, or once had, a foreign key to a table.
    referencing: BTreeMap<Name, Vec<Name>>,
    domains: BTreeMap<Name, Cow<'a, Domain>>,
}

impl<'a> Known<'a> {
    pub(super) fn new(catalog: &'a Catalog, major: u32) -> Self {
        let mut known = Self {
            catalog,
            major,
            checks_bodies: true,
            path: catalog.database.search_path.clone(),
            relations: BTreeMap::new(),
            children: BTreeMap::new(),
            referencing: BTreeMap::new(),
            domains: catalog.domains.iter().map(|one| (one.name.clone(), Cow::Borrowed(one))).collect(),
        };
        if known.path.is_empty() {
            known.path.push("public".to_owned());
        }
        for table in &catalog.tables {
            for index in &table.indexes {
                known.add_old(Name::new(&*table.name.schema, &*index.name), Kind::Index { of: table.name.clone() });
            }
            known.relate(table);
            known.add_old(table.name.clone(), Kind::Table(table));
        }
        for view in &catalog.views {
            for index in &view.indexes {
                known.add_old(Name::new(&*view.name.schema, &*index.name), Kind::Index { of: view.name.clone() });
            }
            let kind = Kind::View { query: Cow::Borrowed(&view.definition), materialized: view.materialized };
            known.add_old(view.name.clone(), kind);
        }
        for sequence in &catalog.sequences {
            let owner = sequence.owned_by.as_ref().map(|column| column.table.clone());
            known.add_old(sequence.name.clone(), Kind::Sequence { owner });
        }
        for composite in &catalog.composites {
            known.add_old(composite.name.clone(), Kind::Composite);
        }
        known
    }

    fn add_old(&mut self, name: Name, kind: Kind<'a>) {
        self.relations.insert(name.clone(), Relation { kind, new: false, was: name });
    }

    fn relate(&mut self, table: &Table) {
        let parents = table.inherits.iter().chain(table.partition_of.as_ref().map(|part| &part.parent));
        for parent in parents {
            self.children.entry(parent.clone()).or_default().push(table.name.clone());
        }
        for reference in table.foreign_keys().filter_map(|key| key.references.as_ref()) {
            self.referencing.entry(reference.table.clone()).or_default().push(table.name.clone());
        }
    }

    // What there is.

    pub(super) fn get(&self, name: &Name) -> Option<&Relation<'a>> {
        self.relations.get(name)
    }

    pub(super) fn is_new(&self, name: &Name) -> bool {
        self.get(name).is_some_and(|one| one.new)
    }

    pub(super) fn table(&self, name: &Name) -> Option<&Table> {
        self.get(name)?.kind.table()
    }

    pub(super) fn is_partitioned(&self, name: &Name) -> bool {
        self.table(name).is_some_and(|table| table.kind == TableKind::Partitioned)
    }

    /// The relation that a name in a statement means; `None` where there is none.
    pub(super) fn find(&self, written: &Written) -> Option<Name> {
        let there = |schema: &String| {
            let name = Name::new(schema, &written.name);
            self.relations.contains_key(&name).then_some(name)
        };
        match &written.schema {
            Some(schema) => there(schema),
            None => self.path.iter().find_map(there),
        }
    }

    /// The name of what a statement names, whether it is there or not.
    pub(super) fn resolve(&self, written: &Written) -> Name {
        self.find(written).unwrap_or_else(|| self.place(written))
    }

    /// The name of what a statement makes.
    pub(super) fn place(&self, written: &Written) -> Name {
        let first = || self.path.first().cloned().unwrap_or_default();
        Name::new(written.schema.clone().unwrap_or_else(first), &written.name)
    }

    /// The domain that a type's schema, where one is given, and name mean.
    pub(super) fn domain(&self, (schema, name): (Option<&str>, &str)) -> Option<&Domain> {
        let there = |schema: &str| self.domains.get(&Name::new(schema, name)).map(AsRef::as_ref);
        match schema {
            Some(schema) => there(schema),
            None if is_own(name) => None,
            None => self.path.iter().find_map(|schema| there(schema)),
        }
    }

    /// The children and partitions of a table.
    pub(super) fn children(&self, name: &Name) -> Vec<Name> {
        let is = |child: &&Name| self.table(child).is_some_and(|table| is_child(table, name));
        distinct(self.children.get(name).into_iter().flatten().filter(is))
    }

    /// Its children and partitions, theirs, and so on.
    pub(super) fn descendants(&self, name: &Name) -> Vec<Name> {
        let mut all: Vec<Name> = Vec::new();
        let mut next = self.children(name);
        while let Some(child) = next.pop() {
            if !all.contains(&child) {
                next.extend(self.children(&child));
                all.push(child);
            }
        }
        all
    }

    /// The partitioned table that a partition is of, that one's own, and so on.
    pub(super) fn ancestors(&self, name: &Name) -> Vec<Name> {
        let parent = |name: &Name| Some(self.table(name)?.partition_of.as_ref()?.parent.clone());
        std::iter::successors(parent(name), parent).take(self.relations.len()).collect()
    }

    pub(super) fn default_partition(&self, parent: &Name) -> Option<Name> {
        let is = |child: &Name| {
            self.table(child).and_then(|table| table.partition_of.as_ref()).is_some_and(|part| part.bound == "DEFAULT")
        };
        self.children(parent).into_iter().find(is)
    }

    /// Tables with a foreign key to this one.
    pub(super) fn referencing(&self, name: &Name) -> Vec<Name> {
        let refers = |table: &Table| table.foreign_keys().any(|key| refers_to(key, name));
        distinct(self.referencing.get(name).into_iter().flatten().filter(|from| self.table(from).is_some_and(refers)))
    }

    /// Tables that this one's foreign keys refer to.
    pub(super) fn referenced(&self, name: &Name) -> Vec<Name> {
        let keys = self.table(name).into_iter().flat_map(Table::foreign_keys);
        keys.filter_map(|key| key.references.as_ref()).map(|to| to.table.clone()).collect()
    }

    pub(super) fn indexes(&self, of: &Name) -> Vec<Name> {
        let is = |one: &Relation<'_>| matches!(&one.kind, Kind::Index { of: table } if table == of);
        // An index lives in its table's schema.
        let first = Name::new(&*of.schema, "");
        let schema = self.relations.range(first..).take_while(|(name, _)| name.schema == of.schema);
        schema.filter(|(_, one)| is(one)).map(|(name, _)| name.clone()).collect()
    }

    /// The table of an index.
    pub(super) fn table_of_index(&self, index: &Name) -> Option<Name> {
        match &self.get(index)?.kind {
            Kind::Index { of } => Some(of.clone()),
            _ => None,
        }
    }

    /// Sequences that go away with a table.
    pub(super) fn sequences(&self, of: &Name) -> Vec<Name> {
        let is = |one: &Relation<'_>| matches!(&one.kind, Kind::Sequence { owner: Some(table) } if table == of);
        self.relations.iter().filter(|(_, one)| is(one)).map(|(name, _)| name.clone()).collect()
    }

    /// Everything of a schema.
    pub(super) fn in_schema(&self, schema: &str) -> Vec<Name> {
        let all = self.relations.range(Name::new(schema, "")..).take_while(|(name, _)| name.schema == schema);
        all.map(|(name, _)| name.clone()).collect()
    }

    /// Everything that goes when `id` goes with CASCADE, by the catalog's names; `id` not among it.
    pub(super) fn falls_with(&self, id: ObjectId) -> Vec<ObjectId> {
        let mut all: Vec<ObjectId> = Vec::new();
        let mut next = vec![id.clone()];
        while let Some(one) = next.pop() {
            next.extend(self.columns(&one));
            for dependent in self.catalog.dependencies.dependents(&one) {
                if *dependent != id && !all.contains(dependent) {
                    all.push(dependent.clone());
                    next.push(dependent.clone());
                }
            }
        }
        all
    }

    /// The columns of a relation and their defaults, as objects of their own: views need them, and not the whole.
    fn columns(&self, id: &ObjectId) -> Vec<ObjectId> {
        let name = id.qualified();
        let columns = match id.kind {
            ObjectKind::Table | ObjectKind::ForeignTable => {
                let tables = &self.catalog.tables;
                tables.binary_search_by(|one| one.name.cmp(&name)).ok().map(|at| &tables[at].columns)
            }
            ObjectKind::View | ObjectKind::MaterializedView => {
                let views = &self.catalog.views;
                views.binary_search_by(|one| one.name.cmp(&name)).ok().map(|at| &views[at].columns)
            }
            _ => None,
        };
        let both = [ObjectKind::Column, ObjectKind::Default];
        let parts = columns.into_iter().flatten();
        parts.flat_map(|column| both.map(|kind| ObjectId::part(kind, &name, &*column.name))).collect()
    }

    /// How the catalog calls a relation.
    pub(super) fn id(&self, name: &Name) -> ObjectId {
        let Some(one) = self.get(name) else { return ObjectId::of(ObjectKind::Unknown, name) };
        let kind = match &one.kind {
            kind if kind.table().is_some_and(|table| table.kind == TableKind::Foreign) => ObjectKind::ForeignTable,
            Kind::Table(_) | Kind::Changed(_) => ObjectKind::Table,
            Kind::View { materialized: true, .. } => ObjectKind::MaterializedView,
            Kind::View { .. } => ObjectKind::View,
            Kind::Sequence { .. } => ObjectKind::Sequence,
            Kind::Index { .. } => ObjectKind::Index,
            Kind::Composite => ObjectKind::Type,
        };
        ObjectId::of(kind, &one.was)
    }

    /// What the catalog calls `was`, as it is called now; `None` once it is gone.
    pub(super) fn now(&self, was: &Name) -> Option<Name> {
        // What the plan makes may take a name that was another's.
        let is = |one: &Relation<'_>| !one.new && one.was == *was;
        match self.get(was) {
            Some(one) if is(one) => Some(was.clone()),
            _ => self.relations.iter().find(|(_, one)| is(one)).map(|(name, _)| name.clone()),
        }
    }

    // What changes.

    pub(super) fn set_path(&mut self, path: Vec<String>) {
        self.path = path;
    }

    pub(super) fn add(&mut self, name: Name, kind: Kind<'a>) {
        if let Some(table) = kind.table() {
            self.relate(table);
        }
        self.relations.insert(name.clone(), Relation { kind, new: true, was: name });
    }

    /// A domain is made, or is another one from now on.
    pub(super) fn set_domain(&mut self, domain: Domain) {
        self.domains.insert(domain.name.clone(), Cow::Owned(domain));
    }

    /// A domain has another name from now on, which those above it know.
    pub(super) fn rename_domain(&mut self, from: &Name, to: Name) {
        let before = from.to_string();
        for one in self.domains.values_mut() {
            // Or a list of its values.
            let rest = one.data_type.strip_prefix(&before).filter(|rest| rest.is_empty() || rest.starts_with('['));
            if let Some(renamed) = rest.map(|rest| format!("{to}{rest}")) {
                one.to_mut().data_type = renamed;
            }
        }
        if let Some(domain) = self.domains.remove(from) {
            self.domains.insert(to.clone(), Cow::Owned(Domain { name: to, ..domain.into_owned() }));
        }
    }

    pub(super) fn remove(&mut self, name: &Name) {
        for index in self.indexes(name) {
            self.relations.remove(&index);
        }
        self.relations.remove(name);
    }

    /// Changes what is known of a table.
    pub(super) fn change(&mut self, name: &Name, how: impl FnOnce(&mut Table)) {
        let Some(mut table) = self.table(name).cloned() else { return };
        how(&mut table);
        self.relate(&table);
        if let Some(one) = self.relations.get_mut(name) {
            one.kind = Kind::Changed(Box::new(table));
        }
    }

    pub(super) fn rename(&mut self, from: &Name, to: Name) {
        for index in self.indexes(from) {
            let moved = Name::new(&*to.schema, &*index.name);
            if let Some(mut one) = self.relations.remove(&index) {
                one.kind = Kind::Index { of: to.clone() };
                self.relations.insert(moved, one);
            }
        }
        for sequence in self.sequences(from) {
            if let Some(one) = self.relations.get_mut(&sequence) {
                one.kind = Kind::Sequence { owner: Some(to.clone()) };
            }
        }
        for child in self.children(from) {
            self.change(&child, |table| {
                table.inherits.iter_mut().filter(|parent| *parent == from).for_each(|parent| *parent = to.clone());
                if let Some(part) = table.partition_of.as_mut().filter(|part| part.parent == *from) {
                    part.parent = to.clone();
                }
            });
        }
        for other in self.referencing(from) {
            self.change(&other, |table| {
                let keys = table.constraints.iter_mut().filter_map(|key| key.references.as_mut());
                keys.filter(|reference| reference.table == *from).for_each(|reference| reference.table = to.clone());
            });
        }
        if let Some(one) = self.relations.remove(from) {
            self.relations.insert(to.clone(), one);
            self.change(&to.clone(), |table| table.name = to);
        }
    }

    pub(super) fn rename_schema(&mut self, from: &str, to: &str) {
        for name in self.in_schema(from) {
            if self.table_of_index(&name).is_none() {
                self.rename(&name, Name::new(to, &*name.name));
            }
        }
        self.path.iter_mut().filter(|schema| *schema == from).for_each(|schema| *schema = to.to_owned());
    }
}

fn is_child(table: &Table, of: &Name) -> bool {
    table.inherits.contains(of) || table.partition_of.as_ref().is_some_and(|part| part.parent == *of)
}

/// Whether a constraint is a foreign key to that table.
pub(super) fn refers_to(constraint: &Constraint, table: &Name) -> bool {
    constraint.kind == ConstraintKind::Foreign && constraint.references.as_ref().is_some_and(|to| to.table == *table)
}

fn distinct<'n>(names: impl Iterator<Item = &'n Name>) -> Vec<Name> {
    let mut names: Vec<Name> = names.cloned().collect();
    names.sort();
    names.dedup();
    names
}
