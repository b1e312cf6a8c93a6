//! Which rows go: the largest set in which everything has its reason and nothing is left behind that refers to it.
//!
//! Rows are added along the steps until there are no more. Then those are held back that somebody refers to who stays, and what had
//! no other reason than them is found out by searching again without them. Whatever part of the rows a search begins with, all that
//! it finds belongs to what a search from all of them finds: batches add up to the whole.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::{Set, Step, sources, steps};
use super::keys::{Extent, Keys, Slice};
use super::references::Rule;
use super::statements::Statements;
use crate::engine::Session;
use crate::error::Result;
use crate::sql::Flavor;

/// From so many rows on, PostgreSQL is told what is in a temporary table.
const WORTH_ANALYZING: u64 = 10_000;

/// So many rounds are no rare thing, of adding rows or of holding them back; what takes more is a long chain.
const LONG_CHAIN: u32 = 16;

/// What a search has found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Found {
    /// For each table, how many rows go.
    pub(super) going: Vec<u64>,
    /// For each table, how many rows would go but for somebody who refers to them.
    pub(super) held: Vec<u64>,
    /// For each reference, how many rows it holds back.
    pub(super) held_by: BTreeMap<usize, u64>,
    /// The sets of orphans that were freed on the way.
    freed: Vec<Set>,
}

impl Found {
    /// All rows that go.
    pub(super) fn rows(&self) -> u64 {
        self.going.iter().sum()
    }
}

/// Makes the temporary tables of a search.
pub(super) async fn prepare(session: &mut dyn Session, keys: &Keys<'_>) -> Result<()> {
    let mut names: Vec<(String, usize)> = Vec::new();
    for at in 0..keys.graph.tables.len() {
        names.push((keys.set(Set::Going(at)), at));
        names.push((keys.held(at), at));
    }
    names.extend(freed(&steps(keys.graph)).into_iter().map(|set| (keys.set(set), set.table())));
    let emptied = keys.flavor == Flavor::Postgres && keys.extent == Extent::Batch;
    for (name, at) in names {
        let mut create = keys.create(&name, at);
        if emptied {
            create = create.replacen(" AS SELECT", " ON COMMIT DELETE ROWS AS SELECT", 1);
        }
        session.query(&create).await?;
    }
    Ok(())
}

/// Drops them.
pub(super) async fn forget(session: &mut dyn Session, keys: &Keys<'_>) -> Result<()> {
    let tables = 0..keys.graph.tables.len();
    let mut names: Vec<String> = tables.flat_map(|at| [keys.set(Set::Going(at)), keys.held(at)]).collect();
    names.extend(freed(&steps(keys.graph)).into_iter().map(|set| keys.set(set)));
    for name in names {
        session.query(&format!("DROP TABLE {name}")).await?;
    }
    Ok(())
}

fn freed(steps: &[Step]) -> Vec<Set> {
    let mut sets: Vec<Set> = steps.iter().map(|step| step.target).filter(|set| matches!(set, Set::Freed(_))).collect();
    sets.sort_unstable();
    sets.dedup();
    sets
}

/// Searches from all rows, or from a `slice` of those that an earlier search has numbered; inside a transaction of the caller's.
pub(super) async fn gather(statements: &mut Statements<'_>, keys: &Keys<'_>, slice: Option<Slice>) -> Result<Found> {
    let count = keys.graph.tables.len();
    let mut search = Search {
        statements,
        keys,
        steps: steps(keys.graph),
        rows: BTreeMap::new(),
        found: Found { going: vec![0; count], held: vec![0; count], held_by: BTreeMap::new(), freed: Vec::new() },
        round: 0,
    };
    loop {
        search.spread(slice).await?;
        if !search.hold_back().await? {
            break;
        }
        search.clear().await?;
    }
    for at in 0..count {
        search.found.going[at] = search.rows_of(Set::Going(at));
    }
    let freed = search.rows.iter().filter(|(set, rows)| matches!(set, Set::Freed(_)) && **rows > 0);
    search.found.freed = freed.map(|(set, _)| *set).collect();
    Ok(search.found)
}

/// Empties what a search of `found` has filled, for another one in the same transaction.
pub(super) async fn empty(statements: &mut Statements<'_>, keys: &Keys<'_>, found: &Found) -> Result<()> {
    let tables = 0..keys.graph.tables.len();
    let going = tables.clone().filter(|at| found.going[*at] > 0).map(|at| keys.set(Set::Going(at)));
    let held = tables.filter(|at| found.held[*at] > 0).map(|at| keys.held(at));
    let freed = found.freed.iter().map(|set| keys.set(*set));
    let filled: Vec<String> = going.chain(held).chain(freed).map(|name| format!("DELETE FROM {name}")).collect();
    match filled.is_empty() {
        true => Ok(()),
        false => statements.query(&filled.join(";\n")).await.map(drop),
    }
}

struct Search<'a, 's> {
    statements: &'a mut Statements<'s>,
    keys: &'a Keys<'a>,
    steps: Vec<Step>,
    rows: BTreeMap<Set, u64>,
    found: Found,
    /// The round in which rows are held back.
    round: u32,
}

impl Search<'_, '_> {
    /// Adds rows along the steps until a round adds none.
    async fn spread(&mut self, slice: Option<Slice>) -> Result<()> {
        let mut last: BTreeMap<Set, u64> = BTreeMap::new();
        let beginnings: Vec<(usize, Option<Slice>)> = match slice {
            Some(slice) => vec![(slice.table, Some(slice))],
            None => sources(self.keys.graph).into_iter().map(|at| (at, None)).collect(),
        };
        for (at, slice) in beginnings {
            let sql = self.keys.begin(at, slice, self.found.held[at] > 0);
            let added = self.statements.changed(&sql).await?;
            self.added(Set::Going(at), added, &mut last).await?;
        }
        for round in 0.. {
            if round >= LONG_CHAIN && round.is_power_of_two() {
                self.index_rounds().await?;
            }
            let mut new = BTreeMap::new();
            for step in self.steps.clone() {
                if last.get(&step.source).is_none_or(|rows| *rows == 0) {
                    continue;
                }
                let full = self.rows_of(step.target) > 0;
                let sql = self.keys.advance(&step, round, full, self.found.held[step.target.table()] > 0);
                let added = self.statements.changed(&sql).await?;
                self.added(step.target, added, &mut new).await?;
            }
            if new.values().all(|rows| *rows == 0) {
                return Ok(());
            }
            last = new;
        }
        Ok(())
    }

    /// Where a row leads to the next and that to the next, each round finds few, and must not look at all that were found before;
    /// PostgreSQL has to be told that they are few.
    async fn index_rounds(&mut self) -> Result<()> {
        let sets: BTreeSet<Set> = self.steps.iter().flat_map(|step| [step.source, step.target]).collect();
        for set in sets {
            for sql in self.keys.index_rounds(set.table(), &self.keys.set(set)) {
                self.statements.query(&sql).await?;
            }
            if self.keys.flavor == Flavor::Postgres {
                self.statements.query(&format!("ANALYZE {}", self.keys.set(set))).await?;
            }
        }
        Ok(())
    }

    async fn added(&mut self, set: Set, rows: u64, round: &mut BTreeMap<Set, u64>) -> Result<()> {
        *round.entry(set).or_default() += rows;
        *self.rows.entry(set).or_default() += rows;
        if rows >= WORTH_ANALYZING && self.keys.flavor == Flavor::Postgres {
            self.statements.query(&format!("ANALYZE {}", self.keys.set(set))).await?;
        }
        Ok(())
    }

    /// Holds back what somebody refers to who stays, and what those refer to, and so on; whether the search has to be made again
    /// without them.
    async fn hold_back(&mut self) -> Result<bool> {
        let tables = self.found.held.len();
        let mut all = vec![0; tables];
        let mut last: Option<Vec<u64>> = None;
        for pass in 0.. {
            self.round += 1;
            if pass == LONG_CHAIN {
                self.index_chains().await?;
            }
            let new = self.hold_once(last.as_deref()).await?;
            if new.iter().all(|rows| *rows == 0) {
                break;
            }
            all.iter_mut().zip(&new).for_each(|(all, new)| *all += new);
            last = Some(new);
        }
        let leads_on = |at: usize| self.steps.iter().any(|step| step.source == Set::Going(at));
        if (0..tables).any(|at| all[at] > 0 && leads_on(at)) {
            return Ok(true);
        }
        for (at, held) in all.iter().enumerate().filter(|(_, held)| **held > 0) {
            self.statements.changed(&self.keys.let_stay(at)).await?;
            *self.rows.entry(Set::Going(at)).or_default() -= held;
        }
        Ok(false)
    }

    /// Holds back what rows refer to that stay: all of them, or those that were held in the round before, `last` of each table.
    /// Returns how many rows of each table are held by that.
    async fn hold_once(&mut self, last: Option<&[u64]>) -> Result<Vec<u64>> {
        let mut new = vec![0; self.found.held.len()];
        for (number, edge) in self.keys.graph.edges.iter().enumerate() {
            let (Some(at), from) = (self.keys.graph.place(&edge.to), self.keys.graph.place(&edge.from)) else {
                continue;
            };
            if self.rows_of(Set::Going(at)) == 0 {
                continue;
            }
            let full = self.found.held[at] > 0;
            let sql = match (&edge.rule, last) {
                (Rule::Null(_), _) => continue,
                (Rule::Default(defaults), None) => self.keys.hold_default(at, number, defaults, full, self.round),
                (Rule::Default(_), _) => continue,
                (_, Some(last)) if from.is_none_or(|from| last[from] == 0) => continue,
                (Rule::Follow, None) if from.is_none_or(|from| self.found.held[from] == 0) => continue,
                (Rule::Keep | Rule::Follow, _) => self.keys.hold(at, number, full, self.round, last.is_none()),
            };
            let held = self.statements.changed(&sql).await?;
            self.found.held[at] += held;
            new[at] += held;
            if held > 0 {
                *self.found.held_by.entry(number).or_default() += held;
            }
        }
        Ok(new)
    }

    /// A chain in which each row keeps the next is gone along row by row.
    async fn index_chains(&mut self) -> Result<()> {
        for edge in &self.keys.graph.edges {
            let Some(at) = self.keys.graph.place(&edge.to).filter(|at| self.found.held[*at] > 0) else { continue };
            for sql in self.keys.index_chain(at, &edge.keys) {
                self.statements.query(&sql).await?;
            }
        }
        Ok(())
    }

    fn rows_of(&self, set: Set) -> u64 {
        self.rows.get(&set).copied().unwrap_or_default()
    }

    /// Forgets what was found, but not what is held back.
    async fn clear(&mut self) -> Result<()> {
        for (set, _) in std::mem::take(&mut self.rows).into_iter().filter(|(_, rows)| *rows > 0) {
            self.statements.query(&self.clearing(&self.keys.set(set))).await?;
        }
        Ok(())
    }

    /// TRUNCATE of a table that an earlier transaction made writes the system's catalogs; of one that this made, nothing.
    fn clearing(&self, name: &str) -> String {
        match (self.keys.flavor, self.keys.extent) {
            (Flavor::Postgres, Extent::Whole) => format!("TRUNCATE {name}"),
            _ => format!("DELETE FROM {name}"),
        }
    }
}
