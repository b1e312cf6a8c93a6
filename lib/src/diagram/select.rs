//! Which tables a diagram shows, and how much of each.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::catalog::{Catalog, Name};
use crate::error::{Error, ErrorKind, Result};

use super::{Entity, Graph};

/// How much of each table is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Every column.
    #[default]
    Columns,
    /// The columns of keys.
    Keys,
    /// No column.
    Names,
}

/// Which tables to show, by the names that people type. Each part narrows what is shown; without any, all tables are.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// These alone.
    pub tables: Vec<String>,
    /// This one, and those that are at most [`Selection::distance`] foreign keys away, in either direction.
    pub around: Option<String>,
    /// How far to go from [`Selection::around`].
    pub distance: usize,
    /// Those of this schema.
    pub schema: Option<String>,
    /// How much of each.
    pub detail: Detail,
}

impl Graph {
    /// The part of the catalog that `selection` asks for. `hidden` tells the tables that are left out unless they are named:
    /// Mainstay's own, and those in which migration tools keep their books.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: a table or schema is not there. [`ErrorKind::Usage`]: nothing is left to show.
    pub fn select(catalog: &Catalog, selection: &Selection, hidden: impl Fn(&Name) -> bool) -> Result<Self> {
        let named = selection.tables.iter().map(|typed| find(catalog, typed)).collect::<Result<BTreeSet<Name>>>()?;
        let center = selection.around.as_deref().map(|typed| find(catalog, typed)).transpose()?;
        if let Some(schema) = &selection.schema {
            exists(catalog, schema)?;
        }
        let asked_for = |name: &Name| named.contains(name) || center.as_ref() == Some(name);
        let mut graph = Self::new(catalog, |name| hidden(name) && !asked_for(name));
        if graph.entities.is_empty() {
            return Err(empty(catalog));
        }
        let near = center.as_ref().map(|center| graph.near(center, selection.distance));
        graph.keep(|entity| {
            let name = &entity.name;
            (named.is_empty() || named.contains(name))
                && near.as_ref().is_none_or(|near| near.contains(name))
                && selection.schema.as_ref().is_none_or(|schema| *schema == name.schema)
        });
        if graph.entities.is_empty() {
            let error = Error::new(ErrorKind::Usage, "no table is left to draw: the arguments rule each other out");
            return Err(error.hint("draw them all: mainstay diagram"));
        }
        graph.reduce(selection.detail);
        Ok(graph)
    }

    /// Shows less of each table.
    pub fn reduce(&mut self, detail: Detail) {
        let kept = |field: &super::Field| match detail {
            Detail::Columns => true,
            Detail::Keys => field.primary || field.foreign || field.unique || field.in_unique,
            Detail::Names => false,
        };
        for entity in &mut self.entities {
            let before = entity.columns.len();
            entity.columns.retain(kept);
            entity.hidden += before - entity.columns.len();
        }
    }

    /// The part of it that is at most `distance` foreign keys away from `center`.
    pub fn around(&self, center: &Name, distance: usize) -> Self {
        let near = self.near(center, distance);
        let entities: Vec<Entity> =
            self.entities.iter().filter(|entity| near.contains(&entity.name)).cloned().collect();
        let inside = |relation: &&super::Relation| near.contains(&relation.from) && near.contains(&relation.to);
        Self { entities, relations: self.relations.iter().filter(inside).cloned().collect(), ..Self::default() }
    }

    fn keep(&mut self, kept: impl Fn(&Entity) -> bool) {
        self.entities.retain(kept);
        let names: BTreeSet<&Name> = self.entities.iter().map(|entity| &entity.name).collect();
        self.relations.retain(|relation| names.contains(&relation.from) && names.contains(&relation.to));
    }

    /// The tables at most `distance` foreign keys away from `center`, itself among them.
    fn near(&self, center: &Name, distance: usize) -> BTreeSet<Name> {
        let mut neighbours: BTreeMap<&Name, Vec<&Name>> = BTreeMap::new();
        for relation in &self.relations {
            neighbours.entry(&relation.from).or_default().push(&relation.to);
            neighbours.entry(&relation.to).or_default().push(&relation.from);
        }
        let mut found = BTreeSet::from([center.clone()]);
        let mut queue = VecDeque::from([(center, 0)]);
        while let Some((name, steps)) = queue.pop_front() {
            for next in neighbours.get(name).into_iter().flatten().filter(|_| steps < distance) {
                if found.insert((*next).clone()) {
                    queue.push_back((next, steps + 1));
                }
            }
        }
        found
    }
}

/// The table that `typed` names; a partition stands for the table that it is a part of.
fn find(catalog: &Catalog, typed: &str) -> Result<Name> {
    let Some(mut table) = catalog.table(typed) else { return Err(missing(catalog, typed)) };
    while let Some(parent) = table.partition_of.as_ref().and_then(|part| of_name(catalog, &part.parent)) {
        table = parent;
    }
    Ok(table.name.clone())
}

fn of_name<'a>(catalog: &'a Catalog, name: &Name) -> Option<&'a crate::catalog::Table> {
    catalog.tables.iter().find(|table| table.name == *name)
}

fn missing(catalog: &Catalog, typed: &str) -> Error {
    let error = Error::new(ErrorKind::NotFound, format!("no table is named {typed}"));
    let tables = catalog.nearest(typed).into_iter().filter(|name| of_name(catalog, name).is_some());
    let near: Vec<String> = tables.take(3).map(ToString::to_string).collect();
    if near.is_empty() {
        return error.hint("list what there is: mainstay tables");
    }
    error.hint(format!("nearest: {}: mainstay diagram {}", near.join(", "), near[0]))
}

fn exists(catalog: &Catalog, schema: &str) -> Result<()> {
    let names: BTreeSet<&str> = catalog.schemas.iter().map(|one| one.name.as_str()).collect();
    let used: BTreeSet<&str> = catalog.tables.iter().map(|table| table.name.schema.as_str()).collect();
    if names.contains(schema) || used.contains(schema) {
        return Ok(());
    }
    let list = used.into_iter().collect::<Vec<_>>().join(", ");
    let error = Error::new(ErrorKind::NotFound, format!("there is no schema {schema}"));
    Err(if list.is_empty() { error } else { error.hint(format!("schemas with tables: {list}")) })
}

fn empty(catalog: &Catalog) -> Error {
    let own = catalog.tables.len();
    let error = match own {
        0 => Error::new(ErrorKind::Usage, "there is nothing to draw: the database has no tables"),
        _ => Error::new(ErrorKind::Usage, "there is nothing to draw: the database has only tables of migration tools"),
    };
    error.hint("create them first: mainstay migrate up")
}
