//! How two states differ, by object: for people who want to know whether, and of what; the way from one to the other is `diff`'s.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::catalog::{Catalog, ContentHash, Name, ObjectId, ObjectKind};

use super::schema_only::schema_only;

/// An object that is not the same in two states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// What it is called: `index public.log_at`.
    pub object: String,
    /// How it differs.
    pub change: Change,
}

/// How an object differs from the expected state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is expected and not there.
    Missing,
    /// It is there and nothing expects it.
    Extra,
    /// It is there, and not as expected.
    Changed,
}

impl Change {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Changed => "changed",
        }
    }
}

/// What of `found` is not as `expected`; the books of migration tools, Mainstay's own among them, do not count. Parts
/// of tables are told by themselves, and not where the whole table is missing or extra.
pub fn drift(expected: &Catalog, found: &Catalog) -> Vec<Drift> {
    let (expected, found) = (hashes(expected), hashes(found));
    let ids: BTreeSet<&ObjectId> = expected.keys().chain(found.keys()).collect();
    let change = |id: &ObjectId| match (expected.get(id), found.get(id)) {
        (Some(_), None) => Some(Change::Missing),
        (None, Some(_)) => Some(Change::Extra),
        (Some(one), Some(other)) if one != other => Some(Change::Changed),
        _ => None,
    };
    let changes: Vec<(&ObjectId, Change)> = ids.into_iter().filter_map(|id| Some((id, change(id)?))).collect();
    let wholes = changes.iter().filter(|(id, change)| !is_part(id) && *change != Change::Changed);
    let told_whole: BTreeSet<Name> = wholes.map(|(id, _)| id.qualified()).collect();
    let tells = |(id, _): &&(&ObjectId, Change)| !is_part(id) || !told_whole.contains(&id.qualified());
    changes.iter().filter(tells).map(|(id, change)| Drift { object: id.to_string(), change: *change }).collect()
}

/// Each object's hash; that of a table or view is without its parts, which have their own.
fn hashes(catalog: &Catalog) -> BTreeMap<ObjectId, ContentHash> {
    let mut bare = schema_only(catalog.clone());
    let mut hashes = bare.hashes();
    for table in &mut bare.tables {
        table.columns.clear();
        table.constraints.clear();
        table.indexes.clear();
        table.triggers.clear();
        table.rules.clear();
        table.policies.clear();
    }
    for view in &mut bare.views {
        view.columns.clear();
        view.indexes.clear();
        view.triggers.clear();
        view.rules.clear();
    }
    hashes.extend(bare.hashes());
    hashes
}

fn is_part(id: &ObjectId) -> bool {
    use ObjectKind as Kind;
    matches!(id.kind, Kind::Column | Kind::Constraint | Kind::Trigger | Kind::Rule | Kind::Policy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Column, Table, View};

    fn column(name: &str, data_type: &str) -> Column {
        Column { name: name.into(), data_type: data_type.into(), ..Column::default() }
    }

    fn catalog(tables: &[(&str, &[(&str, &str)])]) -> Catalog {
        let table = |(name, columns): &(&str, &[(&str, &str)])| Table {
            name: Name::new("public", *name),
            columns: columns.iter().map(|(name, kind)| column(name, kind)).collect(),
            ..Table::default()
        };
        Catalog { tables: tables.iter().map(table).collect(), ..Catalog::default() }
    }

    #[test]
    fn each_difference_is_told_once_by_the_smallest_object_that_has_it() {
        let expected =
            catalog(&[("a", &[("id", "int"), ("n", "text")]), ("gone", &[("x", "int")]), ("schema_migrations", &[])]);
        let mut found = catalog(&[("a", &[("id", "bigint"), ("m", "text")]), ("new", &[("y", "int")])]);
        found.views.push(View { name: Name::new("mainstay", "v"), ..View::default() });
        let told: Vec<String> =
            drift(&expected, &found).into_iter().map(|one| format!("{} {}", one.change.word(), one.object)).collect();
        assert_eq!(
            told,
            [
                "missing table public.gone",
                "extra table public.new",
                "changed column public.a.id",
                "extra column public.a.m",
                "missing column public.a.n",
            ]
        );
        assert!(drift(&expected, &expected).is_empty());
    }

    #[test]
    fn what_is_the_wholes_own_is_told_of_the_whole() {
        let expected = catalog(&[("a", &[("id", "int")])]);
        let mut found = expected.clone();
        found.tables[0].comment = Some("x".into());
        let told = drift(&expected, &found);
        assert_eq!(told, [Drift { object: "table public.a".into(), change: Change::Changed }]);
    }
}
