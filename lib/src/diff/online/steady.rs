//! The tables that stay as they are meanwhile: only on them can something be done later.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Name, Table, TableKind};
use crate::diff::fate::Fates;

/// Tables that are there before the plan and stay in their places, with all their family: what comes or goes in a family must
/// have what its relatives have at that moment.
pub(super) struct Steady {
    tables: BTreeSet<Name>,
    /// Tables with those right below them.
    children: BTreeMap<Name, Vec<Name>>,
}

impl Steady {
    pub(super) fn of(from: &Catalog, to: &Catalog, fates: &Fates) -> Self {
        let mut children: BTreeMap<Name, Vec<Name>> = BTreeMap::new();
        let mut relatives: BTreeMap<Name, Vec<Name>> = BTreeMap::new();
        for table in &to.tables {
            for parent in table.parents() {
                children.entry(parent.clone()).or_default().push(table.name.clone());
                relatives.entry(parent.clone()).or_default().push(table.name.clone());
                relatives.entry(table.name.clone()).or_default().push(parent.clone());
            }
        }
        let old: BTreeMap<&Name, &Table> = from.tables.iter().map(|table| (&table.name, table)).collect();
        let stays = |table: &&Table| old.get(&table.name).is_some_and(|old| stays(old, table, fates));
        let (steady, moved): (Vec<&Table>, Vec<&Table>) = to.tables.iter().partition(stays);
        let mut tables: BTreeSet<Name> = steady.into_iter().map(|table| table.name.clone()).collect();
        let mut ahead: Vec<&Name> = moved.into_iter().map(|table| &table.name).collect();
        while let Some(next) = ahead.pop() {
            ahead.extend(relatives.get(next).into_iter().flatten().filter(|relative| tables.remove(*relative)));
        }
        Self { tables, children }
    }

    pub(super) fn has(&self, table: &Name) -> bool {
        self.tables.contains(table)
    }

    pub(super) fn has_children(&self, table: &Name) -> bool {
        self.children.contains_key(table)
    }

    /// All tables below `table`, however far.
    pub(super) fn below(&self, table: &Name) -> BTreeSet<Name> {
        let mut found = BTreeSet::new();
        let mut ahead = vec![table];
        while let Some(next) = ahead.pop() {
            ahead.extend(self.children.get(next).into_iter().flatten().filter(|child| found.insert((*child).clone())));
        }
        found
    }
}

fn stays(old: &Table, new: &Table, fates: &Fates) -> bool {
    let place = |table: &Table| (table.kind, table.partition_of.clone(), table.inherits.clone(), table.of_type.clone());
    new.kind != TableKind::Foreign && place(old) == place(new) && !fates.is_made(&new.id())
}
