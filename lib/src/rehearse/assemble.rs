//! From what was seen to what the report says.

use crate::dialect::Migration;
use crate::sql::{Statement, redact};
use crate::trace::Traced;

use super::report::{Held, Ran, Rewritten};
use super::rows::Inventory;
use super::seen::{Glance, Sight};

/// What was seen of each statement, as the report has it: of tables and views alone.
pub(super) fn statements(
    migration: Option<&Migration>,
    statements: &[Statement<'_>],
    sight: &Sight,
    before: &Inventory,
) -> Vec<Ran> {
    let ran = |glance: &Glance| {
        let at = statements.iter().position(|statement| statement.offset == glance.offset)?;
        let mut traced = glance.traced.clone();
        traced.locks.retain(|lock| lock.existed && before.has(&lock.relation));
        traced.rewritten.retain(|name| before.has(name));
        traced.scanned.retain(|name| before.has(name));
        let place = migration.map(|migration| migration.up.place(&statements[at], None));
        Some(Ran { statement: at, text: redact(statements[at].text), place, traced, held: sight.held(glance) })
    };
    sight.statements.iter().filter_map(ran).collect()
}

/// The strongest lock on each table, with how long production will feel it.
pub(super) fn held(ran: &[Ran], before: &Inventory) -> Vec<Held> {
    let mut strongest: Vec<Held> = Vec::new();
    for one in ran {
        for lock in one.traced.locks.iter().filter(|lock| before.has(&lock.relation)) {
            let held = Held {
                table: lock.relation.clone(),
                mode: lock.mode,
                blocks: lock.mode.blocks().to_string(),
                seconds: one.held,
                statement: Some(one.statement),
            };
            match strongest.iter_mut().find(|known| known.table == held.table) {
                Some(known) if (known.mode, known.seconds) < (held.mode, held.seconds) => *known = held,
                Some(_) => {}
                None => strongest.push(held),
            }
        }
    }
    strongest.sort_by(|a, b| b.mode.cmp(&a.mode).then_with(|| a.table.cmp(&b.table)));
    strongest
}

/// The same of what another program was seen to hold; how long each lock was held is not known, so it is told as if from
/// beginning to end.
pub(super) fn held_by_others(others: &Traced, before: &Inventory) -> Vec<Held> {
    let locks = others.locks.iter().filter(|lock| before.has(&lock.relation));
    let mut held: Vec<Held> = locks
        .map(|lock| Held {
            table: lock.relation.clone(),
            mode: lock.mode,
            blocks: lock.mode.blocks().to_string(),
            seconds: others.seconds,
            statement: None,
        })
        .collect();
    held.sort_by(|a, b| b.mode.cmp(&a.mode).then_with(|| a.table.cmp(&b.table)));
    held
}

pub(super) fn rewritten_by(ran: &[Ran], before: &Inventory) -> Vec<Rewritten> {
    ran.iter().flat_map(|one| rewritten(&one.traced, Some(one.statement), before)).collect()
}

pub(super) fn rewritten(traced: &Traced, statement: Option<usize>, before: &Inventory) -> Vec<Rewritten> {
    let tables = traced.rewritten.iter().filter(|name| before.has(name));
    tables.map(|name| Rewritten { table: name.clone(), bytes: before.bytes(name), statement }).collect()
}
