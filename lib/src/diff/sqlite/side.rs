//! One side of a comparison: everything by its name in lower case, as SQLite tells names apart.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Index, Name, ObjectId, ObjectKind, Table, Trigger, View};
use crate::sql::normal;

/// A catalog with its objects by name.
pub(super) struct Side<'a> {
    pub catalog: &'a Catalog,
    /// Tables that SQLite keeps itself.
    pub tables: BTreeMap<String, &'a Table>,
    /// Those that a module keeps.
    pub virtual_tables: BTreeMap<String, &'a Table>,
    pub views: BTreeMap<String, &'a View>,
    /// Indexes that have a statement of their own, not those of keys.
    pub indexes: BTreeMap<String, Part<'a>>,
    pub triggers: BTreeMap<String, Part<'a>>,
}

/// An index or a trigger.
pub(super) struct Part<'a> {
    pub id: ObjectId,
    pub name: &'a str,
    /// The table or view that it goes with, in lower case.
    pub on: String,
    pub definition: &'a str,
}

impl<'a> Side<'a> {
    pub(super) fn of(catalog: &'a Catalog) -> Self {
        let mut side = Self {
            catalog,
            tables: BTreeMap::new(),
            virtual_tables: BTreeMap::new(),
            views: BTreeMap::new(),
            indexes: BTreeMap::new(),
            triggers: BTreeMap::new(),
        };
        for table in &catalog.tables {
            let tables = if is_virtual(table) { &mut side.virtual_tables } else { &mut side.tables };
            tables.insert(table.name.name.to_lowercase(), table);
            for index in table.indexes.iter().filter(|index| !index.definition.is_empty()) {
                side.indexes.insert(index.name.to_lowercase(), Part::of_index(index, &table.name));
            }
            side.add_triggers(&table.triggers, &table.name);
        }
        for view in &catalog.views {
            side.views.insert(view.name.name.to_lowercase(), view);
            side.add_triggers(&view.triggers, &view.name);
        }
        side
    }

    fn add_triggers(&mut self, triggers: &'a [Trigger], on: &Name) {
        let parts = triggers.iter().map(|trigger| (trigger.name.to_lowercase(), Part::of_trigger(trigger, on)));
        self.triggers.extend(parts);
    }

    /// Has anything the name `name`, in lower case?
    pub(super) fn has_name(&self, name: &str) -> bool {
        let tables = self.tables.contains_key(name) || self.virtual_tables.contains_key(name);
        tables || self.views.contains_key(name) || self.indexes.contains_key(name) || self.triggers.contains_key(name)
    }
}

impl<'a> Part<'a> {
    fn of_index(index: &'a Index, table: &Name) -> Self {
        let id = ObjectId::of(ObjectKind::Index, &Name::new(&*table.schema, &*index.name));
        Self { id, name: &index.name, on: table.name.to_lowercase(), definition: &index.definition }
    }

    fn of_trigger(trigger: &'a Trigger, table: &Name) -> Self {
        let id = ObjectId::part(ObjectKind::Trigger, table, &*trigger.name);
        Self { id, name: &trigger.name, on: table.name.to_lowercase(), definition: &trigger.definition }
    }

    pub(super) fn is_like(&self, other: &Part<'_>) -> bool {
        normal(self.definition) == normal(other.definition)
    }
}

fn is_virtual(table: &Table) -> bool {
    table.options.iter().any(|option| option == "VIRTUAL")
}
