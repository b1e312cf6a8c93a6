//! What of a rehearsal later plans shall know.

use crate::catalog::Name;
use crate::migrate::{Loss, MigrationPlan, Remembered, RememberedStep};
use crate::plan::{Effect, Hazard, LockMode, Step, Work};

use super::{Change, Fate, Rehearsed};

/// What `migrations`, rehearsed steps of `plan`, have shown. `allows` says whether the script of the step at that place allows
/// a hazard by a directive.
pub(super) fn of(plan: &MigrationPlan, migrations: &[Rehearsed], allows: &dyn Fn(usize, Hazard) -> bool) -> Remembered {
    let steps = migrations.iter().map(|one| {
        let at = plan.plan.steps.iter().position(|step| step.title == one.title);
        let step = at.map(|at| &plan.plan.steps[at]);
        let allowed = at.is_some_and(|at| allows(at, Hazard::DeletesData));
        RememberedStep {
            title: one.title.clone(),
            failed: one.failure.as_ref().map(|failure| failure.message.clone()),
            losses: losses(one, step, allowed),
            effects: effects(one),
        }
    });
    Remembered::new(plan, steps.collect())
}

/// What was seen of each statement; of another tool's, which are not known, as if it were one.
fn effects(one: &Rehearsed) -> Vec<Effect> {
    let effect = |statement: usize, table: &Name, lock: LockMode, work: Work| Effect {
        statement,
        object: table.to_string(),
        within: None,
        lock,
        work,
        new: false,
        unknown: false,
    };
    let work = |rewritten: bool, scanned: bool| match (rewritten, scanned) {
        (true, _) => Work::Rewrites,
        (_, true) => Work::Scans,
        _ => Work::Nothing,
    };
    if one.statements.is_empty() {
        let rewrites = |table: &Name| one.rewritten.iter().any(|rewritten| rewritten.table == *table);
        return one
            .locks
            .iter()
            .map(|held| effect(0, &held.table, held.mode, work(rewrites(&held.table), false)))
            .collect();
    }
    let seen = one.statements.iter().flat_map(|ran| {
        ran.traced.locks.iter().map(|lock| {
            let among = |names: &[Name]| names.contains(&lock.relation);
            let work = work(among(&ran.traced.rewritten), among(&ran.traced.scanned));
            effect(ran.statement, &lock.relation, lock.mode, work)
        })
    });
    seen.collect()
}

fn losses(one: &Rehearsed, step: Option<&Step>, allowed: bool) -> Vec<Loss> {
    let loss = |reason: String, rows: u64, statement: usize| {
        let place = one.statements.iter().find(|ran| ran.statement == statement).and_then(|ran| ran.place.clone());
        Loss { statement, reason, rows, allowed, place }
    };
    let rows = one.rows.iter().filter(|change| change.lost() > 0);
    let rows = rows.map(|change| {
        let table = &change.table;
        let deletes = one.statements.iter().find(|ran| ran.traced.deleted.contains(table));
        let statement = deletes.map(|ran| ran.statement).filter(|_| change.fate != Fate::Dropped);
        loss(reason(change), change.lost(), statement.unwrap_or_else(|| cause(one, step, table)))
    });
    let columns = one.lost_columns.iter().map(|lost| {
        let (column, table) = (&lost.column, &lost.table);
        loss(format!("drops column {column} of {table}"), lost.rows.unwrap_or(0), cause(one, step, table))
    });
    rows.chain(columns).collect()
}

fn reason(change: &Change) -> String {
    match change.fate {
        Fate::Dropped => format!("drops table {}", change.table),
        Fate::Stays | Fate::Made => format!("loses rows of {}", change.table),
    }
}

/// The statement that has most likely taken rows of `table` in another way than one by one: the first whose text says so and
/// which locked the table as strongly as it takes, else the first that did the one, else the first that wrote to the table.
fn cause(one: &Rehearsed, step: Option<&Step>, table: &Name) -> usize {
    let names = |written: &str| written == table.name || written == table.to_string();
    let risks = step.into_iter().flat_map(|step| &step.risks);
    let told = risks.filter(|risk| risk.hazard == Hazard::DeletesData && risk.tables.iter().any(|name| names(name)));
    let told: Vec<usize> = told.map(|risk| risk.statement).collect();
    let locks = |ran: &super::Ran, least: LockMode| {
        ran.traced.locks.iter().any(|lock| lock.relation == *table && lock.mode >= least)
    };
    let taking = || one.statements.iter().filter(|ran| locks(ran, LockMode::AccessExclusive)).map(|ran| ran.statement);
    let writing = || one.statements.iter().filter(|ran| locks(ran, LockMode::RowExclusive)).map(|ran| ran.statement);
    taking()
        .find(|statement| told.contains(statement))
        .or_else(|| told.first().copied())
        .or_else(|| taking().next())
        .or_else(|| writing().next())
        .unwrap_or(0)
}
