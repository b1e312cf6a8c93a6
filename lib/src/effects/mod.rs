//! What the statements of a plan will lock, scan and rewrite, told before anything runs.
//!
//! Read from the statements' text and the catalog of the database that they will run on. The facts are those of PostgreSQL 13 to
//! 18, one file per family of statements; `tests/it/effects` holds each of them against a trace. What cannot be read from a text
//! is told as unknown, never as less than it may be. SQLite locks its whole file, and has no effects to tell.

mod column;
mod constraint;
mod cursor;
mod data_type;
mod drop;
mod index;
mod known;
mod other;
mod partition;
mod query;
mod sketch;
mod statement;
mod table;
mod trigger;
mod types;
mod view;

use crate::catalog::Catalog;
use crate::plan::{Action, Effect, Plan};
use known::Known;
use sketch::Sketch;

/// Fills in the effects of every step of `plan` that runs in its own database, which is now what `catalog` says, on a server of the
/// version `major`.
pub fn foretell(plan: &mut Plan, catalog: &Catalog, major: u32) {
    if plan.is_empty() {
        return;
    }
    let mut known = Known::new(catalog, major);
    for step in &mut plan.steps {
        match &step.action {
            Action::Sql(sql) if sql.database.is_none() => {
                step.effects = all(&sql.statements, &mut known);
            }
            _ => {}
        }
    }
}

/// The effects of statements that run one after the other on a database, as in [`foretell`].
pub fn effects(statements: &[String], catalog: &Catalog, major: u32) -> Vec<Effect> {
    all(statements, &mut Known::new(catalog, major))
}

fn all(statements: &[String], known: &mut Known<'_>) -> Vec<Effect> {
    let one = |(at, text): (usize, &String)| Sketch::of(text, known).effects(at);
    statements.iter().enumerate().flat_map(one).collect()
}
