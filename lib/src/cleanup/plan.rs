//! What a clean-up would do, counted by the search that the clean-up itself begins with.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::advice::{self, MissingIndex};
use super::delete::number_of;
use super::gather::{self, Found};
use super::graph::Why;
use super::ground::{Ground, Order, begin};
use super::keys::Extent;
use super::partitions::{OldPartition, take_out};
use super::references::{By, Edge, Rule, shown};
use super::statements::Statements;
use crate::config::PartitionRule;
use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result, shell_word};
use crate::plan::{Action, Hazard, Plan, PlanKind, Risk, SqlStep, Step};
use crate::sql::Flavor;

/// What a clean-up would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CleanupPlan {
    /// The policy's name.
    pub policy: String,
    /// The moment that the age ends at; rows from before it are old.
    pub before: Option<String>,
    /// What goes from which table, the policy's own first.
    pub tables: Vec<TableRows>,
    /// What becomes of rows that refer to those that go.
    pub references: Vec<ReferenceRows>,
    /// Old rows that stay, for somebody who stays refers to them.
    pub held: u64,
    /// Partitions that are old as a whole.
    pub partitions: Vec<OldPartition>,
    /// Indexes without which it is slow.
    pub missing_indexes: Vec<MissingIndex>,
    /// About how many seconds it takes, with its pauses.
    pub seconds: f64,
    /// The steps of one batch, their hazards, and the hash of the policy and of the tables that it touches.
    pub plan: Plan,
}

/// Rows of a table that go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRows {
    /// The table.
    pub table: String,
    /// Why they go: `old`, `follow`, `orphaned`.
    pub why: String,
    /// How many.
    pub rows: u64,
    /// How many the table has in all, as far as they were counted.
    pub of: u64,
}

/// What becomes of rows that refer to those that go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceRows {
    /// The columns that refer: `logs.stream_id`.
    pub reference: String,
    /// The table that is referred to.
    pub to: String,
    /// `follow`, `null`, `keep` or `default`.
    pub rule: String,
    /// Who says so: `policy`, `ON DELETE CASCADE`, or nobody.
    pub by: String,
    /// How many rows are made to point at nothing.
    pub changed: u64,
    /// How many rows stay that would go, for rows that stay refer to them so.
    pub holds: u64,
}

impl CleanupPlan {
    /// All rows that go.
    pub fn rows(&self) -> u64 {
        let parts: u64 = self.partitions.iter().map(|part| part.rows).sum();
        self.tables.iter().map(|table| table.rows).sum::<u64>() + parts
    }

    /// The command that goes on where a run of it was stopped.
    pub(super) fn go_on(&self) -> String {
        let hazards: BTreeSet<Hazard> = self.plan.risks().map(|(_, risk)| risk.hazard).collect();
        let allow = hazards.into_iter().map(Hazard::name).collect::<Vec<_>>().join(",");
        let allow = if allow.is_empty() { allow } else { format!(" --allow {allow}") };
        format!("mainstay cleanup run {}{allow}", shell_word(&self.policy))
    }

    /// Nothing to do?
    pub fn is_empty(&self) -> bool {
        self.rows() == 0 && self.partitions.is_empty()
    }
}

/// Whether the policy is right for this database: its tables, columns and conditions. Nothing is counted, and nothing changed.
///
/// # Errors
/// It is wrong, or the database cannot be read.
pub async fn check(session: &mut dyn Session, order: &Order<'_>) -> Result<()> {
    Ground::read(session, order, None).await.map(drop)
}

/// Counts what would go; nothing is changed.
///
/// # Errors
/// The policy is wrong for this database, or it cannot be read.
pub async fn plan(session: &mut dyn Session, order: &Order<'_>) -> Result<CleanupPlan> {
    let ground = Ground::read(session, order, None).await?;
    session.query(begin(ground.flavor)).await?;
    let counted = count(session, &ground, order).await;
    // Whether it works or not, the first error is what matters; a broken connection rolls back by itself.
    let _ = session.query("ROLLBACK").await;
    counted
}

/// Searches the whole and makes the plan of what was found, inside a transaction of the caller's; what was found stays in the
/// temporary tables.
pub(super) async fn count(session: &mut dyn Session, ground: &Ground, order: &Order<'_>) -> Result<CleanupPlan> {
    let keys = ground.keys(Extent::Whole);
    gather::prepare(session, &keys).await.map_err(|error| explained(error, order))?;
    let mut statements = Statements::new(session);
    let found = gather::gather(&mut statements, &keys, None).await.map_err(|error| explained(error, order))?;
    let mut references = Vec::new();
    for (number, edge) in ground.graph.edges.iter().enumerate() {
        let touched = ground.graph.place(&edge.to).is_some_and(|to| found.going[to] > 0);
        let changed = match keys.count_emptied(edge).filter(|_| touched) {
            Some(sql) => number_of(&session.query(&sql).await?),
            None => 0,
        };
        let holds = found.held_by.get(&number).copied().unwrap_or_default();
        references.push(reference(edge, changed, holds));
    }
    let goes = found.going[0] > 0 || ground.partitions.iter().any(|part| part.rows > 0);
    let stays = keys.one_that_stays(0, ground.elsewhere.as_deref());
    let all = goes && first_cell(&session.query(&stays).await?).is_none();
    let tables = ground.graph.tables.iter().enumerate().map(|(at, member)| TableRows {
        table: shown(&member.name),
        why: match member.why {
            Why::Old => "old",
            Why::Follows => "follow",
            Why::Orphaned => "orphaned",
        }
        .to_owned(),
        rows: found.going[at],
        of: ground.rows(at),
    });
    let missing = advice::missing_indexes(&ground.catalog, &ground.graph, ground.flavor);
    let percent = order.policy.pace;
    Ok(CleanupPlan {
        policy: order.name.to_owned(),
        before: ground.before.map(|moment| moment.to_string()),
        tables: tables.collect(),
        references,
        held: found.held[0],
        partitions: ground.partitions.clone(),
        seconds: advice::seconds(&ground.catalog, &ground.graph, &found, &missing, percent),
        missing_indexes: missing,
        plan: steps(session, ground, order, &found, all),
    })
}

fn reference(edge: &Edge, changed: u64, holds: u64) -> ReferenceRows {
    let rule = match edge.rule {
        Rule::Follow => "follow",
        Rule::Null(_) => "null",
        Rule::Keep => "keep",
        Rule::Default(_) => "default",
    };
    let by = match edge.by {
        By::Policy => "policy".to_owned(),
        By::OnDelete => format!("ON DELETE {}", words(edge)),
        By::Nobody => "nobody".to_owned(),
    };
    ReferenceRows { reference: edge.title(), to: shown(&edge.to), rule: rule.to_owned(), by, changed, holds }
}

fn words(edge: &Edge) -> &'static str {
    match edge.on_delete {
        crate::catalog::Action::Cascade => "CASCADE",
        crate::catalog::Action::SetNull => "SET NULL",
        crate::catalog::Action::SetDefault => "SET DEFAULT",
        crate::catalog::Action::Restrict => "RESTRICT",
        crate::catalog::Action::NoAction => "NO ACTION",
    }
}

/// The steps of one batch, and of the partitions.
fn steps(session: &dyn Session, ground: &Ground, order: &Order<'_>, found: &Found, all: bool) -> Plan {
    let rows = found.rows();
    let mut steps = Vec::new();
    let lock_timeout =
        (ground.flavor == Flavor::Postgres).then_some(order.rules.lock_timeout.min(Duration::from_secs(1)));
    let sql = |statements| Action::Sql(SqlStep { lock_timeout, ..SqlStep::new(statements) });
    if rows > 0 {
        let name = shown(&ground.graph.tables[0].name);
        let touched = found.going.iter().filter(|rows| **rows > 0).count();
        let tables = if touched == 1 { "1 table".to_owned() } else { format!("{touched} tables") };
        let mut risk = Risk::new(Hazard::DeletesData, format!("deletes rows of {tables}"), 0);
        risk.rows = Some(rows);
        steps.push(Step {
            title: format!("delete old rows of {name} and what goes with them, in batches"),
            action: sql(ground.keys(Extent::Batch).shown_statements()),
            risks: vec![risk],
            effects: Vec::new(),
        });
    }
    let table = &ground.graph.tables[0].name;
    for part in &ground.partitions {
        let verb = if order.policy.partitions == PartitionRule::Drop { "drop" } else { "detach" };
        let name = shown(&part.name);
        let mut risks = Vec::new();
        if order.policy.partitions == PartitionRule::Drop && !part.emptied_first {
            risks.push(Risk {
                rows: Some(part.rows),
                ..Risk::new(Hazard::DeletesData, format!("drops partition {name}"), 0)
            });
        }
        let when = if part.emptied_first { " once it is empty" } else { "" };
        steps.push(Step {
            title: format!("{verb} partition {name}{when}"),
            action: sql(take_out(table, part, order.policy.partitions)),
            risks,
            effects: Vec::new(),
        });
    }
    if let Some(step) = steps.first_mut().filter(|_| all) {
        let name = shown(&ground.graph.tables[0].name);
        step.risks.push(Risk::new(Hazard::EmptiesTable, format!("deletes every row of {name}"), 0));
    }
    let database = session.server().database.clone();
    Plan { kind: PlanKind::Cleanup, database, state: ground.state.clone(), steps }
}

/// A search fails where a condition of the policy does.
pub(super) fn explained(error: Error, order: &Order<'_>) -> Error {
    match error.sqlstate() {
        // A right is missing: the server names it.
        Some("42501") => error,
        Some(state) if state.starts_with("42") || state.starts_with("22") => {
            let error = error
                .context(format!("a condition of [cleanup.{}] cannot be run", order.name))
                .of_kind(ErrorKind::Config)
                .at(order.policy.place.clone())
                .hint("try it: mainstay sql -c 'SELECT count(*) FROM … WHERE …'");
            match order.policy.conditions().any(|condition| condition.contains('"')) {
                true => error.hint("double quotes are for names; a text stands in single ones: level = 'debug'"),
                false => error,
            }
        }
        _ => error,
    }
}
