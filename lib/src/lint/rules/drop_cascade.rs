//! `CASCADE`, and what it takes along.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Column, ObjectId, ObjectKind};
use crate::lint::finding::Found;
use crate::lint::look::Look;
use crate::lint::read::{Does, Named};
use crate::lint::rule::{About, Example, Own, POSTGRES, Rule};
use crate::lint::world::World;
use crate::plan::Severity;

pub(super) const RULE: Own = Own {
    rule: Rule {
        name: "drop-cascade",
        severity: Some(Severity::Warning),
        about: About::Clients,
        title: "something is dropped with all that depends on it",
        why: "CASCADE names nothing: what goes along is whatever the database has when the migration runs.",
        more: "A live database tells what that is, and where it is nothing, the rule is silent.",
        instead: "drop each object by its name, without CASCADE",
    },
    flavors: POSTGRES,
    covers: &[],
    bad: Example::up("-- mainstay: allow deletes-data\nALTER TABLE devices DROP COLUMN state CASCADE;"),
    good: Example::up("-- mainstay: allow deletes-data\nALTER TABLE drafts DROP COLUMN state CASCADE;"),
    check,
};

/// More names than these are only counted.
const NAMED: usize = 8;

fn check(look: &Look<'_>, found: &mut Vec<Found>) {
    for (_, act) in look.acts() {
        let (what, table) = match &act.does {
            Does::Drop { kind, names, cascade: true } => {
                let names: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
                (format!("{} {}", kind.to_lowercase(), names.join(", ")), act.does.table())
            }
            Does::DropColumn { table, column, cascade: true } => (format!("{}.{column}", table.text), Some(table)),
            Does::DropConstraint { table, name, cascade: true } => {
                (format!("constraint {name} of {}", table.text), Some(table))
            }
            _ => continue,
        };
        let message = match look.world.catalog() {
            None => format!("{what} is dropped with all that depends on it, whatever that is"),
            Some(catalog) => {
                let along = along(catalog, &roots(look.world, catalog, &act.does));
                if along.is_empty() {
                    continue;
                }
                format!("{what} takes along {}", listed(&along))
            }
        };
        let one = Found::new(act.offset, message);
        found.push(match table {
            Some(table) => one.on(table),
            None => one,
        });
    }
}

/// The objects that the statement names, as the catalog knows them.
fn roots(world: &World<'_>, catalog: &Catalog, does: &Does) -> Vec<ObjectId> {
    let part = |kind: ObjectKind, table: &Named, name: &str| {
        world.table(table).map(|table| ObjectId::part(kind, &table.name, name)).into_iter().collect()
    };
    match does {
        Does::DropColumn { table, column, .. } => part(ObjectKind::Column, table, column),
        Does::DropConstraint { table, name, .. } => part(ObjectKind::Constraint, table, name),
        Does::Drop { kind, names, .. } => names.iter().flat_map(|name| named(world, catalog, kind, name)).collect(),
        _ => Vec::new(),
    }
}

/// Everything of that name and kind; a function's name may stand for several.
fn named(world: &World<'_>, catalog: &Catalog, kind: &str, name: &Named) -> Vec<ObjectId> {
    if kind == "TABLE" {
        return world.table(name).map(|table| ObjectId::of(ObjectKind::Table, &table.name)).into_iter().collect();
    }
    let word = kind.to_lowercase();
    let is_it = |id: &ObjectId| id.kind.words() == word && id.name == name.bare();
    catalog.objects().into_iter().map(|object| object.id).filter(is_it).collect()
}

/// All that needs one of `roots`, or needs what needs it, without their own parts.
fn along(catalog: &Catalog, roots: &[ObjectId]) -> Vec<String> {
    let mut seen: BTreeSet<ObjectId> = roots.iter().cloned().collect();
    let mut open: Vec<ObjectId> = roots.to_vec();
    while let Some(id) = open.pop() {
        // A relation goes with its columns, and so does what needs them.
        for whole in columns(catalog, &id).into_iter().chain([id]) {
            for next in catalog.dependencies.dependents(&whole) {
                if seen.insert(next.clone()) {
                    open.push(next.clone());
                }
            }
        }
    }
    let is_part = |id: &ObjectId| {
        let of_root = roots.iter().any(|root| root.schema == id.schema && root.name == id.name);
        of_root
            || matches!(
                id.kind,
                ObjectKind::Index | ObjectKind::Default | ObjectKind::Statistics | ObjectKind::Sequence
            )
    };
    seen.iter().filter(|id| !is_part(id)).map(ToString::to_string).collect()
}

fn columns(catalog: &Catalog, id: &ObjectId) -> Vec<ObjectId> {
    let name = id.qualified();
    let columns = match id.kind {
        ObjectKind::Table | ObjectKind::ForeignTable => {
            catalog.tables.iter().find(|one| one.name == name).map(|one| &one.columns)
        }
        ObjectKind::View | ObjectKind::MaterializedView => {
            catalog.views.iter().find(|one| one.name == name).map(|one| &one.columns)
        }
        _ => None,
    };
    let part = |column: &Column| ObjectId::part(ObjectKind::Column, &name, &*column.name);
    columns.into_iter().flatten().map(part).collect()
}

fn listed(names: &[String]) -> String {
    match names.len() {
        0..=NAMED => names.join(", "),
        more => format!("{} and {} more", names[..NAMED].join(", "), more - NAMED),
    }
}
