//! Tables of pairs: what is behind many-to-many fields.

use std::collections::BTreeMap;

use super::Facts;
use super::naming::table_named;
use crate::catalog::{self, ConstraintKind, Name, Table};
use crate::config::Named;
use crate::error::Result;

/// The tables of pairs that the configuration names.
pub(super) fn configured_joins<'a>(facts: &Facts<'a>) -> Result<BTreeMap<Name, &'a Named>> {
    let joins = facts.config.joins.iter();
    joins.map(|named| Ok((table_named(facts, named)?.name.clone(), named))).collect()
}

/// The single column of each foreign key, and the table that it refers to.
pub(super) fn keys(table: &Table) -> impl Iterator<Item = (&str, &Name)> {
    table.foreign_keys().filter_map(|key| match (key.columns.as_slice(), &key.references) {
        ([column], Some(to)) => Some((column.as_str(), &to.table)),
        _ => None,
    })
}

/// The table of pairs, its model's table, the field, and the columns of this and the other key.
pub(super) type Pairs = (Name, Name, String, [String; 2]);

/// The model, the field and the two columns of a table of pairs, as Django makes it: a key that counts and two that refer, in this
/// order.
pub(super) fn join(table: &Table, facts: &Facts<'_>, labels: &BTreeMap<Name, String>) -> Option<Pairs> {
    let [id, from, to] = table.columns.as_slice() else { return None };
    let is_key = table.primary_key().is_some_and(|key| key.columns == [id.name.as_str()]) && id.name == "id";
    let is_pair = table.constraints.iter().chain(unique_indexes(table).iter()).any(|one| {
        one.kind == ConstraintKind::Unique
            && one.columns.len() == 2
            && one.columns.contains(&from.name)
            && one.columns.contains(&to.name)
    });
    let target = |column: &str| keys(table).find(|(name, _)| *name == column).map(|(_, to)| to);
    let (from_table, to_table) = (target(&from.name)?, target(&to.name)?);
    if !is_key || !is_pair {
        return None;
    }
    let field = |of: &Name| {
        labels.contains_key(of).then_some(())?;
        let rest = table.name.name.strip_prefix(of.name.as_str())?.strip_prefix('_')?;
        (!rest.is_empty() && facts.tables.iter().any(|one| one.name == *of)).then(|| rest.to_owned())
    };
    let (from, to) = (from.name.clone(), to.name.clone());
    match (field(from_table), field(to_table)) {
        (Some(name), Some(other)) if other.len() < name.len() => {
            Some((table.name.clone(), to_table.clone(), other, [to, from]))
        }
        (Some(name), _) => Some((table.name.clone(), from_table.clone(), name, [from, to])),
        (None, Some(name)) => Some((table.name.clone(), to_table.clone(), name, [to, from])),
        (None, None) => None,
    }
}

/// Unique indexes that no constraint is behind, as SQLite has them.
pub(super) fn unique_indexes(table: &Table) -> Vec<catalog::Constraint> {
    let constraint = |index: &catalog::Index| catalog::Constraint {
        kind: ConstraintKind::Unique,
        columns: index.columns.iter().map(|column| column.trim_matches('"').to_owned()).collect(),
        ..catalog::Constraint::default()
    };
    table.indexes.iter().filter(|index| index.unique).map(constraint).collect()
}

/// The same of a table that the configuration names.
pub(super) fn configured_join(table: &Table, name: &str, labels: &BTreeMap<Name, String>) -> Option<Pairs> {
    let (label, field) = name.rsplit_once('.')?;
    let of = labels.iter().find(|(_, one)| *one == label)?.0;
    let mut found: Vec<(&str, &Name)> = keys(table).collect();
    found.sort_by_key(|(column, _)| table.columns.iter().position(|one| one.name == *column));
    let from = found.iter().position(|(_, to)| *to == of)?;
    let (from, _) = found.remove(from);
    let (to, _) = found.first()?;
    Some((table.name.clone(), of.clone(), field.to_owned(), [from.to_owned(), (*to).to_owned()]))
}
