//! How rows that go are found from others: each step leads along one reference from a set of rows to another.

use super::graph::Graph;
use super::references::Rule;
use crate::config::OrphanRule;

/// A set of rows of one of the graph's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Set {
    /// They go.
    Going(usize),
    /// Somebody who goes has referred to them: whatever they would follow may be orphaned.
    Freed(usize),
}

impl Set {
    /// The table.
    pub(super) fn table(self) -> usize {
        match self {
            Self::Going(table) | Self::Freed(table) => table,
        }
    }
}

/// Rows of `source` lead to rows of `target`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) source: Set,
    pub(super) target: Set,
    /// Along which reference.
    pub(super) edge: usize,
    /// From what is referred to, to what refers; else the other way.
    pub(super) down: bool,
}

/// Every step of `graph`.
pub(super) fn steps(graph: &Graph) -> Vec<Step> {
    let climbs = climbing(graph);
    let is_orphan = |at: usize| graph.tables[at].orphans.is_some();
    let mut steps = Vec::new();
    for (edge, one) in graph.edges.iter().enumerate() {
        let (Some(from), Some(to)) = (graph.place(&one.from), graph.place(&one.to)) else { continue };
        let mut step = |source, target, down| steps.push(Step { source, target, edge, down });
        let sources = match one.rule {
            Rule::Follow => {
                step(Set::Going(to), Set::Going(from), true);
                climbs[from].then_some(Set::Freed(from))
            }
            Rule::Keep => Some(Set::Going(from)),
            Rule::Null(_) | Rule::Default(_) => None,
        };
        if let Some(source) = sources {
            if is_orphan(to) {
                step(source, Set::Going(to), false);
            }
            if climbs[to] {
                step(source, Set::Freed(to), false);
            }
        }
    }
    // What nobody can free leads nowhere.
    loop {
        let filled: Vec<Set> = steps.iter().map(|step| step.target).collect();
        let before = steps.len();
        steps.retain(|step| matches!(step.source, Set::Going(_)) || filled.contains(&step.source));
        if steps.len() == before {
            return steps;
        }
    }
}

/// For each table whether its rows may be part of something larger that is orphaned: they follow such a row, at last.
fn climbing(graph: &Graph) -> Vec<bool> {
    let mut climbs = vec![false; graph.tables.len()];
    loop {
        let before = climbs.clone();
        for edge in graph.edges.iter().filter(|edge| edge.rule == Rule::Follow) {
            if let (Some(from), Some(to)) = (graph.place(&edge.from), graph.place(&edge.to)) {
                climbs[from] |= graph.tables[to].orphans.is_some() || climbs[to];
            }
        }
        if climbs == before {
            return climbs;
        }
    }
}

/// The tables that a search begins in.
pub(super) fn sources(graph: &Graph) -> Vec<usize> {
    let swept = |at: &usize| *at == 0 || graph.tables[*at].orphans == Some(OrphanRule::All);
    (0..graph.tables.len()).filter(swept).collect()
}
