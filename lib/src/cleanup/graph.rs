//! Which tables a policy touches, why, and in which order: from the catalog and the policy alone.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::references::{Edge, Named, Rule, meant, no_table, references, shown};
use crate::catalog::{Catalog, ConstraintKind, Name, Origin, Table, TableKind, TriggerState, what_is_pointed_at_first};
use crate::config::{CleanupConfig, OrphanRule};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger;
use crate::sql::Flavor;

/// What a policy touches.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Graph {
    /// The tables that rows go from; the first is the policy's own.
    pub tables: Vec<Member>,
    /// The references that matter: to one of these tables, or from one of them to one whose rows may be freed.
    pub edges: Vec<Edge>,
    /// The order in which rows are deleted; tables that refer to each other in a ring together.
    pub order: Vec<Vec<usize>>,
}

/// A table that rows go from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Member {
    /// Its name.
    pub name: Name,
    /// Why rows of it go.
    pub why: Why,
    /// Rows of it go once nobody refers to them any more.
    pub orphans: Option<OrphanRule>,
    /// Its partitions hold the rows.
    pub partitioned: bool,
    /// The columns that a row is known by while it is looked at; in PostgreSQL none where its place, `ctid`, will do.
    pub row_key: Vec<String>,
    /// The columns by which its rows are found from others, and others from them.
    pub columns: Vec<String>,
}

/// Why rows of a table go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The policy is about them.
    Old,
    /// They refer to rows that go.
    Follows,
    /// Nobody refers to them any more.
    Orphaned,
}

impl Graph {
    /// Works it out.
    ///
    /// # Errors
    /// [`ErrorKind::Config`]: the policy names what is not there, or what has nothing to do with it.
    /// [`ErrorKind::Unsupported`]: a table that rows cannot be deleted from so.
    pub fn new(catalog: &Catalog, policy: &CleanupConfig, flavor: Flavor) -> Result<Self> {
        let root = own_table(catalog, policy)?;
        let all = references(catalog, policy, flavor)?;
        let orphans = orphans(catalog, policy)?;
        let why = reached(&root.name, &all, &orphans);
        let place_of: BTreeMap<&Name, usize> = why.iter().enumerate().map(|(at, (name, _))| (name, at)).collect();
        let edges: Vec<Edge> = all.iter().filter(|edge| place_of.contains_key(&edge.to)).cloned().collect();
        let moved = flavor == Flavor::Postgres && may_move(catalog, &edges, &place_of);
        let mut tables = Vec::new();
        for (name, why) in &why {
            let table = catalog.tables.iter().find(|table| table.name == *name);
            let table = table.ok_or_else(|| no_table(catalog, &name.to_string(), &policy.place))?;
            may_go(catalog, table)?;
            tables.push(Member {
                name: name.clone(),
                why: *why,
                orphans: orphans.get(name).copied(),
                partitioned: table.kind == TableKind::Partitioned,
                row_key: match flavor {
                    Flavor::Postgres if moved => key(table),
                    Flavor::Postgres => Vec::new(),
                    Flavor::Sqlite => row_number(table)?,
                },
                columns: Vec::new(),
            });
        }
        for (at, member) in tables.iter_mut().enumerate() {
            let mut columns = BTreeSet::new();
            for edge in &edges {
                if place_of.get(&edge.to) == Some(&at) {
                    columns.extend(edge.keys.iter().cloned());
                }
                if place_of.get(&edge.from) == Some(&at) {
                    columns.extend(edge.columns.iter().cloned());
                }
            }
            member.columns = columns.into_iter().collect();
        }
        let inner: Vec<(usize, usize)> =
            edges.iter().filter_map(|edge| Some((*place_of.get(&edge.from)?, *place_of.get(&edge.to)?))).collect();
        let mut order = what_is_pointed_at_first(tables.len(), &inner);
        // A row goes before what it refers to.
        order.reverse();
        let graph = Self { tables, edges, order };
        graph.refuse_idle_words(catalog, policy, &orphans)?;
        Ok(graph)
    }

    /// The place of a table among those that rows go from.
    pub fn place(&self, name: &Name) -> Option<usize> {
        self.tables.iter().position(|member| member.name == *name)
    }

    /// The references to table `at`.
    pub fn references_to(&self, at: usize) -> impl Iterator<Item = (usize, &Edge)> {
        let name = &self.tables[at].name;
        self.edges.iter().enumerate().filter(move |(_, edge)| edge.to == *name)
    }

    /// Words of the policy that change nothing are slips of the pen.
    fn refuse_idle_words(
        &self,
        catalog: &Catalog,
        policy: &CleanupConfig,
        orphans: &BTreeMap<Name, OrphanRule>,
    ) -> Result<()> {
        for (text, _, place) in &policy.orphans {
            let name = meant(catalog, text).map(|table| &table.name);
            if name.is_some_and(|name| orphans.contains_key(name) && self.place(name).is_none()) {
                let message = format!("no row that goes refers to `{text}`, so none of its rows is ever freed");
                return Err(Error::new(ErrorKind::Config, message).at(place.clone()).hint(
                    "take the line out; if its rows refer to the others, the word is `follow`, under `references`",
                ));
            }
        }
        for (name, _, place) in &policy.references {
            let named = Named::new(catalog, name);
            if !self.edges.iter().any(|edge| named.is(edge)) {
                let message = format!("`{name}` refers to no table that rows go from");
                return Err(Error::new(ErrorKind::Config, message).at(place.clone()).hint("take the line out"));
            }
        }
        Ok(())
    }
}

/// The policy's own table.
fn own_table<'a>(catalog: &'a Catalog, policy: &CleanupConfig) -> Result<&'a Table> {
    let table = meant(catalog, &policy.table).ok_or_else(|| no_table(catalog, &policy.table, &policy.place))?;
    if let Some(partition) = &table.partition_of {
        let message = format!("`{}` is a partition of `{}`", policy.table, shown(&partition.parent));
        return Err(Error::new(ErrorKind::Config, message)
            .at(policy.place.clone())
            .hint(format!("name the whole: table = \"{}\"", shown(&partition.parent))));
    }
    Ok(table)
}

fn orphans(catalog: &Catalog, policy: &CleanupConfig) -> Result<BTreeMap<Name, OrphanRule>> {
    let named = |(text, rule, place): &(String, OrphanRule, crate::error::Place)| {
        let table = meant(catalog, text).ok_or_else(|| no_table(catalog, text, place))?;
        Ok((table.name.clone(), *rule))
    };
    policy.orphans.iter().map(named).collect()
}

/// Whether rows can be deleted from it one by one.
fn may_go(catalog: &Catalog, table: &Table) -> Result<()> {
    let name = shown(&table.name);
    let refused = |why: String, hint: &str| Err(Error::new(ErrorKind::Unsupported, why).hint(hint));
    if ledger::owns(&table.name.schema, &table.name.name) {
        return refused(format!("`{name}` is one of Mainstay's own tables"), "leave it out: it looks after itself");
    }
    if table.kind == TableKind::Foreign {
        return refused(format!("the rows of `{name}` are on another server"), "clean up there");
    }
    for part in catalog.partitions_of(&table.name) {
        let own = part.foreign_keys().find(|key| key.origin != Origin::Inherited);
        let towards = catalog.references_to(&part.name).next();
        let key = own.map(|key| &key.name).or(towards.as_ref().map(|found| &found.constraint.name));
        if let Some(key) = key {
            let why = format!("foreign key `{key}` is of the partition `{}` alone", shown(&part.name));
            return refused(why, "make it a key of the whole partitioned table");
        }
        may_go(catalog, part)?;
    }
    Ok(())
}

/// The tables that rows go from, the policy's own first, each with its first reason.
fn reached(root: &Name, edges: &[Edge], orphans: &BTreeMap<Name, OrphanRule>) -> Vec<(Name, Why)> {
    let mut found: Vec<(Name, Why)> = vec![(root.clone(), Why::Old)];
    let swept = orphans.iter().filter(|(_, rule)| **rule == OrphanRule::All);
    found.extend(swept.filter(|(name, _)| *name != root).map(|(name, _)| (name.clone(), Why::Orphaned)));
    let mut at = 0;
    while at < found.len() {
        let name = found[at].0.clone();
        let followers = edges.iter().filter(|edge| edge.to == name && edge.rule == Rule::Follow);
        let mut new: Vec<(Name, Why)> = followers.map(|edge| (edge.from.clone(), Why::Follows)).collect();
        for edge in edges.iter().filter(|edge| edge.from == name && edge.keeps()) {
            let freed = freed_above(&edge.to, edges).into_iter().filter(|table| orphans.contains_key(table));
            new.extend(freed.map(|table| (table, Why::Orphaned)));
        }
        for (name, why) in new {
            if found.iter().all(|(known, _)| *known != name) {
                found.push((name, why));
            }
        }
        at += 1;
    }
    found
}

/// `name` and the tables that its rows go with: a row that somebody refers to keeps those too that it would follow.
pub(super) fn freed_above(name: &Name, edges: &[Edge]) -> BTreeSet<Name> {
    let mut found = BTreeSet::from([name.clone()]);
    let mut open = vec![name.clone()];
    while let Some(name) = open.pop() {
        for edge in edges.iter().filter(|edge| edge.from == name && edge.rule == Rule::Follow) {
            if found.insert(edge.to.clone()) {
                open.push(edge.to.clone());
            }
        }
    }
    found
}

/// Whether triggers or rules may change rows that are to go, which are elsewhere then: those of the tables that rows go from, and
/// of those that are pointed at nothing.
fn may_move(catalog: &Catalog, edges: &[Edge], place_of: &BTreeMap<&Name, usize>) -> bool {
    let fires = |state: TriggerState| matches!(state, TriggerState::Origin | TriggerState::Always);
    let emptied = edges.iter().filter(|edge| matches!(edge.rule, Rule::Null(_) | Rule::Default(_)));
    let mut open: Vec<&Name> = place_of.keys().copied().chain(emptied.map(|edge| &edge.from)).collect();
    while let Some(name) = open.pop() {
        open.extend(catalog.partitions_of(name).map(|part| &part.name));
        let Some(table) = catalog.tables.iter().find(|table| table.name == *name) else { continue };
        if table.triggers.iter().any(|one| fires(one.enabled)) || table.rules.iter().any(|one| fires(one.enabled)) {
            return true;
        }
    }
    false
}

/// The columns of a key by which every row is known wherever it is; none where there is no such key.
fn key(table: &Table) -> Vec<String> {
    let unique = table.constraints.iter().filter(|key| key.kind == ConstraintKind::Unique);
    let whole = |name: &String| {
        // A list of arrays would be an array of its own.
        table.column(name).is_some_and(|column| column.not_null && !column.data_type.ends_with("[]"))
    };
    let mut keys = table.primary_key().into_iter().chain(unique);
    keys.find(|key| key.columns.iter().all(whole)).map(|key| key.columns.clone()).unwrap_or_default()
}

/// What a row is known by in SQLite: its number, or its key in a table that has none or hides it behind columns of that name.
fn row_number(table: &Table) -> Result<Vec<String>> {
    let taken = |name: &str| table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    let free = ["rowid", "_rowid_", "oid"].into_iter().find(|name| !taken(name));
    let without = table.options.iter().any(|option| option.eq_ignore_ascii_case("WITHOUT ROWID"));
    match (free.filter(|_| !without), table.primary_key()) {
        (Some(name), _) => Ok(vec![name.to_owned()]),
        (None, Some(key)) => Ok(key.columns.clone()),
        (None, None) => {
            let message = format!("rows of `{}` are known by nothing: it has no key", shown(&table.name));
            let why = "its columns hide the numbers of its rows; give it a PRIMARY KEY";
            Err(Error::new(ErrorKind::Unsupported, message).hint(why))
        }
    }
}

#[cfg(test)]
mod tests;
