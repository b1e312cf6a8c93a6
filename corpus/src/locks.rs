//! Whether a plan's statements lock and rewrite no more than was told of them, seen on a copy of the database that it starts from.

use std::collections::{BTreeMap, BTreeSet};

use mainstay::conn::PostgresTarget;
use mainstay::engine::Session;
use mainstay::plan::{Action, Effect, LockMode, Step, Work};
use mainstay::sql::Statement;
use mainstay::trace::{Traced, alone, polled};

use crate::differ::session;

/// What came of tracing a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Statements that were traced.
    pub traced: usize,
    /// Statements that could not run by themselves on a copy, and why.
    pub untraced: Vec<String>,
    /// What was seen and not told, or told as less, a sentence each.
    pub weaker: Vec<String>,
}

/// Runs the statements of `steps` on `target`, each in a transaction of its own, so that no earlier lock hides a later one.
pub fn trace(target: &PostgresTarget, steps: &[Step]) -> Result<Seen, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start the asynchronous runtime: {error}"))?;
    runtime.block_on(on(target, steps)).map_err(|error| format!("{error:?}"))
}

async fn on(target: &PostgresTarget, steps: &[Step]) -> mainstay::Result<Seen> {
    let (mut runner, mut watcher) = (session(target).await?, session(target).await?);
    let mut seen = Seen::default();
    let mut made = BTreeSet::new();
    for step in steps {
        let Action::Sql(sql) = &step.action else { continue };
        for (at, text) in sql.statements.iter().enumerate() {
            // A setting of the step's transaction is one for all the transactions that it becomes here.
            if let Some(setting) = text.strip_prefix("SET LOCAL ") {
                runner.query(&format!("SET {setting}")).await?;
                continue;
            }
            match run(runner.as_mut(), watcher.as_mut(), text, sql.transaction).await {
                Ok(traced) => {
                    seen.traced += 1;
                    let told: Vec<&Effect> = step.effects.iter().filter(|effect| effect.statement == at).collect();
                    seen.weaker.extend(weaker(text, &told, &traced, &mut made));
                }
                Err(error) => seen.untraced.push(format!("{error}: {}", head(text))),
            }
        }
        runner.query("RESET ALL").await?;
    }
    watcher.close().await;
    runner.close().await;
    Ok(seen)
}

async fn run(
    runner: &mut dyn Session,
    watcher: &mut dyn Session,
    text: &str,
    transaction: bool,
) -> mainstay::Result<Traced> {
    let statement = Statement { text, offset: 0, line: 1, copy_data: None };
    match transaction {
        true => alone(runner, &statement).await,
        false => polled(runner, &statement, watcher).await,
    }
}

/// What was seen of relations that were there before the plan, and was told as less. Who is kept from an index is kept from its
/// table, where that is locked as strongly.
fn weaker(text: &str, told: &[&Effect], seen: &Traced, made: &mut BTreeSet<String>) -> Vec<String> {
    // Somebody was told that nobody can tell.
    if told.iter().any(|effect| effect.unknown && effect.object.is_empty()) {
        return Vec::new();
    }
    let by_name: BTreeMap<&str, &Effect> = told.iter().map(|effect| (effect.object.as_str(), *effect)).collect();
    let lock_on = |name: &str| by_name.get(name).map(|effect| effect.lock);
    let mut weaker = Vec::new();
    for lock in &seen.locks {
        let name = lock.relation.to_string();
        if !lock.existed || made.contains(&name) {
            made.insert(name);
            continue;
        }
        let of_table = lock.of.as_ref().and_then(|table| lock_on(&table.to_string()));
        let told = lock_on(&name).max(of_table);
        if told < Some(lock.mode) {
            let told = told.map_or("nothing", LockMode::words);
            weaker.push(format!("{name}: {} seen, {told} told: {}", lock.mode, head(text)));
        }
    }
    for name in seen.rewritten.iter().map(ToString::to_string).filter(|name| !made.contains(name)) {
        if by_name.get(name.as_str()).map(|effect| effect.work) != Some(Work::Rewrites) {
            weaker.push(format!("{name}: rewritten, and not told: {}", head(text)));
        }
    }
    weaker
}

fn head(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mainstay::catalog::Name;
    use mainstay::trace::Lock;

    fn effect(object: &str, lock: LockMode) -> Effect {
        let object = object.to_owned();
        Effect { statement: 0, object, within: None, lock, work: Work::Nothing, new: false, unknown: false }
    }

    fn seen(name: &str, of: Option<&str>, mode: LockMode, existed: bool) -> Traced {
        let public = |name: &str| Name::new("public", name);
        let mut traced = Traced::default();
        traced.locks = vec![Lock { relation: public(name), of: of.map(public), mode, existed }];
        traced
    }

    #[test]
    fn what_is_told_as_less_is_found() {
        let told = [effect("public.a", LockMode::ShareRowExclusive)];
        let told: Vec<&Effect> = told.iter().collect();
        let check = |traced: Traced, expected: usize| {
            assert_eq!(weaker("x", &told, &traced, &mut BTreeSet::new()).len(), expected, "{traced:?}");
        };
        check(seen("a", None, LockMode::ShareRowExclusive, true), 0);
        check(seen("a", None, LockMode::AccessExclusive, true), 1);
        check(seen("b", None, LockMode::AccessShare, true), 1);
        check(seen("b", None, LockMode::AccessExclusive, false), 0);
        check(seen("a_pkey", Some("a"), LockMode::AccessShare, true), 0);
        check(seen("a_pkey", Some("a"), LockMode::AccessExclusive, true), 1);
        let mut rewritten = Traced::default();
        rewritten.rewritten = vec![Name::new("public", "a")];
        check(rewritten, 1);
    }
}
