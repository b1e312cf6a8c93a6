//! From what was seen to what the report says.

use crate::dialect::Migration;
use crate::plan::Blocks;
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
        traced.deleted.retain(|name| before.has(name));
        let place = migration.map(|migration| migration.up.place(&statements[at], None));
        Some(Ran { statement: at, text: redact(statements[at].text), place, traced, held: sight.held(glance) })
    };
    sight.statements.iter().filter_map(ran).collect()
}

/// The strongest lock on each table, with how long production will feel it; and each weaker one that others wait for longer.
pub(super) fn held(ran: &[Ran], before: &Inventory) -> Vec<Held> {
    let mut felt: Vec<Held> = Vec::new();
    for one in ran {
        for lock in one.traced.locks.iter().filter(|lock| before.has(&lock.relation)) {
            let held = Held {
                table: lock.relation.clone(),
                mode: lock.mode,
                blocks: lock.mode.blocks().to_string(),
                seconds: one.held,
                statement: Some(one.statement),
            };
            let says_no_more = |one: &Held, than: &Held| {
                one.table == than.table
                    && one.mode <= than.mode
                    && (one.seconds <= than.seconds || one.mode.blocks() == Blocks::Nothing)
            };
            if !felt.iter().any(|known| says_no_more(&held, known)) {
                felt.retain(|known| !says_no_more(known, &held));
                felt.push(held);
            }
        }
    }
    felt.sort_by(|a, b| b.mode.cmp(&a.mode).then_with(|| a.table.cmp(&b.table)));
    felt
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Name;
    use crate::plan::LockMode;
    use crate::trace::Lock;

    fn ran(statement: usize, mode: LockMode, held: f64) -> Ran {
        let lock = Lock { relation: Name::new("public", "log"), of: None, mode, existed: true };
        let traced = Traced { locks: vec![lock], ..Traced::default() };
        Ran { statement, text: String::new(), place: None, traced, held }
    }

    #[test]
    fn a_long_wait_is_not_hidden_by_a_short_strong_one() {
        let before = Inventory::of(Name::new("public", "log"));
        let told = |ran: &[Ran]| {
            let told = held(ran, &before).into_iter().map(|held| (held.mode, held.statement));
            told.map(|(mode, statement)| (mode, statement.unwrap())).collect::<Vec<_>>()
        };
        use LockMode::{AccessExclusive, RowExclusive, Share};
        assert_eq!(
            told(&[ran(0, Share, 60.0), ran(1, AccessExclusive, 0.1)]),
            [(AccessExclusive, 1), (Share, 0)],
            "writers wait for a minute"
        );
        assert_eq!(told(&[ran(0, Share, 0.1), ran(1, AccessExclusive, 60.0)]), [(AccessExclusive, 1)]);
        assert_eq!(told(&[ran(0, RowExclusive, 60.0), ran(1, AccessExclusive, 0.1)]), [(AccessExclusive, 1)]);
        assert_eq!(told(&[ran(0, Share, 1.0), ran(1, Share, 2.0)]), [(Share, 1)]);
    }
}
