//! What is found out about one statement.

use std::collections::{BTreeMap, BTreeSet};

use super::cursor::{Cursor, Written};
use super::known::{Kind, Known};
use super::{query, statement};
use crate::catalog::{Name, ObjectId, ObjectKind};
use crate::plan::words::significant;
use crate::plan::{Effect, LockMode, Work};
use crate::sql::Flavor;

/// The relations that a statement locks, and what it does to them.
pub(super) struct Sketch<'k, 'a> {
    pub known: &'k mut Known<'a>,
    found: BTreeMap<Name, Found>,
    /// The tables of the indexes among them, as they were when they were found.
    tables: BTreeMap<Name, Name>,
    /// What the statement itself makes.
    made: BTreeSet<Name>,
    /// Whether it may lock more than was found.
    unknown: bool,
}

#[derive(Clone, Copy)]
struct Found {
    lock: LockMode,
    work: Work,
    new: bool,
    unknown: bool,
}

impl<'k, 'a> Sketch<'k, 'a> {
    /// Reads `text` and notes in `known` what it changes.
    pub(super) fn of(text: &str, known: &'k mut Known<'a>) -> Self {
        let mut sketch =
            Self { known, found: BTreeMap::new(), tables: BTreeMap::new(), made: BTreeSet::new(), unknown: false };
        statement::read(&significant(text, Flavor::Postgres), &mut sketch);
        sketch
    }

    /// As effects of the statement numbered `statement`, by name of the relation; what nobody can tell comes last.
    pub(super) fn effects(self, statement: usize) -> Vec<Effect> {
        let within = |name: &Name, lock: LockMode| {
            let table = self.tables.get(name)?;
            // A concurrent form leaves its index alone until nobody uses it.
            let tells = |found: &Found| found.lock >= lock || found.lock == LockMode::ShareUpdateExclusive;
            self.found.get(table).is_some_and(tells).then(|| table.to_string())
        };
        let effect = |(name, found): (&Name, &Found)| Effect {
            statement,
            object: name.to_string(),
            within: within(name, found.lock),
            lock: found.lock,
            work: found.work,
            new: found.new || self.made.contains(name),
            unknown: found.unknown,
        };
        let mut effects: Vec<Effect> = self.found.iter().map(effect).collect();
        if self.unknown {
            let (lock, work) = (LockMode::AccessExclusive, Work::Rewrites);
            effects.push(Effect {
                statement,
                object: String::new(),
                within: None,
                lock,
                work,
                new: false,
                unknown: true,
            });
        }
        effects
    }

    /// Notes a lock; of several on one relation the strongest is told.
    pub(super) fn lock(&mut self, name: &Name, lock: LockMode) {
        let new = self.known.is_new(name);
        if let Some(table) = self.known.table_of_index(name) {
            self.tables.entry(name.clone()).or_insert(table);
        }
        let found = self.found.entry(name.clone()).or_insert(Found { lock, work: Work::Nothing, new, unknown: false });
        found.lock = found.lock.max(lock);
    }

    pub(super) fn lock_all(&mut self, names: &[Name], lock: LockMode) {
        names.iter().for_each(|name| self.lock(name, lock));
    }

    /// Notes a lock on a table, and on its children where they are not left out.
    pub(super) fn lock_tree(&mut self, name: &Name, only: bool, lock: LockMode) {
        self.lock(name, lock);
        if !only {
            self.lock_all(&self.known.descendants(name), lock);
        }
    }

    /// Notes that all of a relation is read; it must be locked for it.
    pub(super) fn scan(&mut self, name: &Name, lock: LockMode) {
        self.lock(name, lock);
        self.work(name, Work::Scans);
    }

    /// Notes that a relation and its indexes are written again.
    pub(super) fn rewrite(&mut self, name: &Name) {
        for one in self.known.indexes(name).iter().chain([name]) {
            self.lock(one, LockMode::AccessExclusive);
            self.work(one, Work::Rewrites);
        }
    }

    pub(super) fn work(&mut self, name: &Name, work: Work) {
        // A partitioned table, its indexes and a view hold nothing themselves.
        let table = self.known.table_of_index(name).unwrap_or_else(|| name.clone());
        let empty = self.known.is_partitioned(&table)
            || matches!(self.known.get(name).map(|one| &one.kind), Some(Kind::View { materialized: false, .. }));
        if let Some(found) = self.found.get_mut(name).filter(|_| !empty) {
            found.work = found.work.max(work);
        }
    }

    /// Notes something that the statement makes; nobody else knows it yet.
    pub(super) fn make(&mut self, written: &Written, kind: Kind<'a>) -> Name {
        let name = self.known.place(written);
        self.known.add(name.clone(), kind);
        self.made.insert(name.clone());
        self.lock(&name, LockMode::AccessExclusive);
        name
    }

    /// Notes that the statement may lock what is not written in it.
    pub(super) fn unknown(&mut self) {
        self.unknown = true;
    }

    /// Notes the worst of every relation that is named in what is left, or that nobody can tell.
    pub(super) fn cannot_read(&mut self, rest: Cursor<'_, '_>) {
        let named = query::named(rest.rest(), self.known);
        self.unknown |= named.is_empty();
        for name in named {
            self.suspect(&name);
        }
    }

    /// Notes that a relation may be locked against everybody, and its rows written again.
    pub(super) fn suspect(&mut self, name: &Name) {
        self.rewrite(name);
        if let Some(found) = self.found.get_mut(name) {
            found.unknown = true;
        }
    }

    /// Notes what is locked when an object that the catalog calls `id` goes.
    pub(super) fn falls(&mut self, id: &ObjectId) {
        use LockMode::AccessExclusive;
        use ObjectKind as Of;
        let Some(whole) = self.known.now(&id.qualified()) else { return };
        match id.kind {
            Of::Table | Of::ForeignTable | Of::View | Of::MaterializedView | Of::Sequence | Of::Type => {
                self.lock(&whole, AccessExclusive);
                self.lock_all(&self.known.indexes(&whole), AccessExclusive);
                self.lock_all(&self.known.sequences(&whole), AccessExclusive);
            }
            Of::Index => {
                self.lock(&whole, AccessExclusive);
                if let Some(table) = self.known.table_of_index(&whole) {
                    self.lock(&table, AccessExclusive);
                }
            }
            Of::Column | Of::Default | Of::Trigger | Of::Rule | Of::Policy => self.lock(&whole, AccessExclusive),
            Of::Constraint => self.constraint_falls(&whole, &id.detail),
            _ => {}
        }
    }

    /// Notes what is locked when a constraint goes: its index, and the other side of a foreign key.
    pub(super) fn constraint_falls(&mut self, table: &Name, constraint: &str) {
        self.lock(table, LockMode::AccessExclusive);
        let index = Name::new(&*table.schema, constraint);
        if self.known.table_of_index(&index).as_ref() == Some(table) {
            self.lock(&index, LockMode::AccessExclusive);
        }
        let found = self.known.table(table).and_then(|table| table.constraint(constraint));
        if let Some(to) = found.and_then(|one| one.references.as_ref()).map(|to| to.table.clone()) {
            self.lock_tree(&to, false, LockMode::AccessExclusive);
        }
    }
}
