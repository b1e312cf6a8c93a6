//! From a catalog to what a diagram shows. The only file of diagrams that knows the catalog's constraints and indexes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Constraint, ConstraintKind, Name, Table, TableKind};

/// What a diagram shows: tables and the foreign keys between them, both in the order of names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graph {
    /// Its tables.
    pub entities: Vec<Entity>,
    /// The foreign keys that begin and end at one of them.
    pub relations: Vec<Relation>,
    /// Tables that the database has besides: partitions, which are part of their parent's entity, and what was left out
    /// without being asked to. A committed diagram may show them or not.
    #[serde(skip)]
    pub aside: BTreeSet<Name>,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// Its name.
    #[serde(flatten)]
    pub name: Name,
    /// What sort of table.
    #[serde(default, skip_serializing_if = "is_plain")]
    pub kind: TableKind,
    /// How many partitions it has, those of its partitions included.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub partitions: usize,
    /// The comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Columns by position.
    pub columns: Vec<Field>,
    /// Columns that are not shown.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hidden: usize,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type, as the catalog has it.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Part of the primary key.
    #[serde(default, skip_serializing_if = "is_false")]
    pub primary: bool,
    /// Part of a foreign key.
    #[serde(default, skip_serializing_if = "is_false")]
    pub foreign: bool,
    /// No two rows have the same value, by a constraint or an index on this column alone; the primary key's does not count.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unique: bool,
    /// Part of a UNIQUE constraint, alone or with others.
    #[serde(default, skip_serializing_if = "is_false")]
    pub in_unique: bool,
    /// Refuses NULL.
    #[serde(default, skip_serializing_if = "is_false")]
    pub not_null: bool,
    /// The comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A foreign key.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Relation {
    /// The table that holds it.
    pub from: Name,
    /// The table that it points at.
    pub to: Name,
    /// Its columns.
    pub columns: Vec<String>,
    /// The columns that they point at, in the same order.
    pub references: Vec<String>,
    /// The constraint's name; empty where SQLite has none.
    pub name: String,
    /// Its one column is the whole primary key.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_primary_key: bool,
    /// At most one row points at a row: its columns hold a unique key.
    pub one_to_one: bool,
    /// A row may point at nothing: one of its columns may be NULL.
    pub optional: bool,
}

fn is_plain(kind: &TableKind) -> bool {
    *kind == TableKind::Table
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl Graph {
    /// The graph of all tables but those for which `hidden` says so. A partition is part of its parent.
    pub fn new(catalog: &Catalog, hidden: impl Fn(&Name) -> bool) -> Self {
        let tables: BTreeMap<&Name, &Table> = catalog.tables.iter().map(|table| (&table.name, table)).collect();
        let mut entities = BTreeMap::new();
        let mut aside = BTreeSet::new();
        let mut partitions: BTreeMap<&Name, usize> = BTreeMap::new();
        for table in &catalog.tables {
            let root = root(&tables, table);
            if root.name != table.name {
                *partitions.entry(&root.name).or_default() += 1;
                aside.insert(table.name.clone());
            } else if hidden(&table.name) {
                aside.insert(table.name.clone());
            } else {
                entities.insert(table.name.clone(), entity(table));
            }
        }
        for (name, count) in partitions {
            if let Some(entity) = entities.get_mut(name) {
                entity.partitions = count;
            }
        }
        let relations = relations(&tables, &entities);
        Self { entities: entities.into_values().collect(), relations, aside }
    }

    /// The schemas of its entities, by name.
    pub fn schemas(&self) -> BTreeSet<&str> {
        self.entities.iter().map(|entity| entity.name.schema.as_str()).collect()
    }

    /// Are there several schemas? Entities are in the order of names, in which the schema comes first.
    pub fn has_schemas(&self) -> bool {
        let schema = |entity: Option<&Entity>| entity.map(|entity| entity.name.schema.clone());
        schema(self.entities.first()) != schema(self.entities.last())
    }

    /// The entity of this name.
    pub fn entity(&self, name: &Name) -> Option<&Entity> {
        let at = self.entities.binary_search_by(|entity| entity.name.cmp(name)).ok()?;
        self.entities.get(at)
    }

    /// How an entity is called in a diagram: with its schema only where there are several.
    pub fn label(&self, name: &Name) -> String {
        if self.has_schemas() { format!("{}.{}", name.schema, name.name) } else { name.name.clone() }
    }
}

/// The table that `table` is a partition of, at the top.
fn root<'a>(tables: &BTreeMap<&Name, &'a Table>, table: &'a Table) -> &'a Table {
    let mut at = table;
    while let Some(parent) = at.partition_of.as_ref().and_then(|part| tables.get(&part.parent)) {
        at = parent;
    }
    at
}

fn entity(table: &Table) -> Entity {
    let of_kind = |kind: ConstraintKind| -> BTreeSet<&str> {
        let those = table.constraints.iter().filter(|one| one.kind == kind);
        those.flat_map(|one| one.columns.iter().map(String::as_str)).collect()
    };
    let (primary, foreign) = (of_kind(ConstraintKind::Primary), of_kind(ConstraintKind::Foreign));
    let in_unique = of_kind(ConstraintKind::Unique);
    let alone: BTreeSet<String> = unique_keys(table).into_iter().filter(|key| key.len() == 1).flatten().collect();
    let field = |column: &crate::catalog::Column| {
        let name = column.name.as_str();
        let primary = primary.contains(name);
        Field {
            name: column.name.clone(),
            data_type: column.data_type.clone(),
            primary,
            foreign: foreign.contains(name),
            unique: !primary && alone.contains(name),
            in_unique: in_unique.contains(name),
            not_null: column.not_null || primary,
            comment: column.comment.clone(),
        }
    };
    Entity {
        name: table.name.clone(),
        kind: table.kind,
        partitions: 0,
        comment: table.comment.clone(),
        columns: table.columns.iter().map(field).collect(),
        hidden: 0,
    }
}

/// The sets of columns of which no two rows have the same values: constraints, and indexes over whole columns and all rows.
fn unique_keys(table: &Table) -> Vec<BTreeSet<String>> {
    let by_constraint = (table.constraints.iter())
        .filter(|one| matches!(one.kind, ConstraintKind::Primary | ConstraintKind::Unique))
        .map(|one| one.columns.iter().cloned().collect());
    let whole = |index: &&crate::catalog::Index| {
        index.unique && index.valid && index.predicate.is_none() && !index.columns.is_empty()
    };
    // An index names its columns as SQL; an expression is no column.
    let column =
        |sql: &String| table.columns.iter().find(|one| crate::sql::ident(&one.name) == *sql || one.name == *sql);
    let by_index = (table.indexes.iter().filter(whole))
        .filter_map(|index| index.columns.iter().map(|sql| column(sql).map(|one| one.name.clone())).collect());
    by_constraint.chain(by_index).collect()
}

fn relations(tables: &BTreeMap<&Name, &Table>, entities: &BTreeMap<Name, Entity>) -> Vec<Relation> {
    let mut relations: Vec<Relation> = Vec::new();
    for table in tables.values() {
        let from = root(tables, table);
        let keys = unique_keys(table);
        for key in table.foreign_keys() {
            let Some(relation) = relation(tables, from, key, &keys) else { continue };
            let shown = entities.contains_key(&relation.from) && entities.contains_key(&relation.to);
            // The same key on each partition, or to each, is one key of the whole.
            let of_part = from.name != table.name || key.references.as_ref().is_some_and(|to| to.table != relation.to);
            let known = |other: &Relation| {
                (&other.from, &other.to, &other.columns) == (&relation.from, &relation.to, &relation.columns)
            };
            if shown && !(of_part && relations.iter().any(known)) {
                relations.push(relation);
            }
        }
    }
    relations.sort();
    relations
}

/// The key as one of the whole table's; `None` where what it points at is not in the catalog.
fn relation(
    tables: &BTreeMap<&Name, &Table>,
    from: &Table,
    key: &Constraint,
    unique: &[BTreeSet<String>],
) -> Option<Relation> {
    let reference = key.references.as_ref()?;
    let to = root(tables, tables.get(&reference.table)?);
    let columns: BTreeSet<String> = key.columns.iter().cloned().collect();
    let nullable = |name: &String| from.column(name).is_some_and(|column| !column.not_null);
    let primary = from.primary_key().map(|key| key.columns.as_slice()).unwrap_or_default();
    Some(Relation {
        from: from.name.clone(),
        to: to.name.clone(),
        columns: key.columns.clone(),
        references: reference.columns.clone(),
        name: key.name.clone(),
        is_primary_key: primary.len() == 1 && key.columns == primary,
        one_to_one: unique.iter().any(|unique| unique.is_subset(&columns)),
        optional: key.columns.iter().any(|name| nullable(name) && !primary.contains(name)),
    })
}
