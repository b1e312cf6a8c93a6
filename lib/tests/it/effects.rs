//! Tests of `effects`: what is told of a statement is what a trace sees of it, on a real server.

use std::collections::BTreeMap;

use mainstay::catalog::Scope;
use mainstay::effects::effects;
use mainstay::plan::{Effect, LockMode, Work};
use mainstay::trace::{Lock, Traced, Tracer};
use mainstay_testing::{TestDatabase, TestServer, server, server_of};

use super::trace::{session, statement};

mod statements;

/// Runs each statement on a database of `statements::SCHEMA`, each in a transaction that is rolled back, and holds what is told
/// of it against what is seen.
async fn check(server: &TestServer, major: u32) {
    let database = server.database();
    database.psql(statements::SCHEMA);
    let catalog = session(&database).await.catalog(Scope::Structure).await.unwrap();
    let mut wrong = Vec::new();
    let mut rows = 0;
    for (from, sql) in statements::STATEMENTS {
        if *from <= major {
            rows += 1;
            let told = effects(&[(*sql).to_owned()], &catalog, major);
            let differences = match trace(&database, sql).await {
                Ok(seen) => differences(&told, &seen),
                Err(error) => vec![error.to_string()],
            };
            if !differences.is_empty() {
                wrong.push(format!("{sql}\n    {}", differences.join("\n    ")));
            }
        }
    }
    assert!(wrong.is_empty(), "of {rows} statements on PostgreSQL {major}:\n{}", wrong.join("\n"));
}

/// Runs `sql` and undoes it. The table that it is about is not locked by anything else in the transaction.
async fn trace(database: &TestDatabase, sql: &str) -> mainstay::Result<Traced> {
    let mut session = session(database).await;
    session.query("BEGIN").await.unwrap();
    let mut tracer = Tracer::begin(&mut *session).await.unwrap();
    tracer.run(&mut *session, &statement(sql)).await
}

/// In what the two are not the same. An index that its table's lock covers need not be told.
fn differences(told: &[Effect], seen: &Traced) -> Vec<String> {
    let known: BTreeMap<&str, &Effect> =
        told.iter().filter(|effect| !effect.new).map(|effect| (effect.object.as_str(), effect)).collect();
    let held: BTreeMap<String, &Lock> =
        seen.locks.iter().filter(|lock| lock.existed).map(|lock| (lock.relation.to_string(), lock)).collect();
    let mut wrong = Vec::new();
    for (object, Lock { mode, of, .. }) in &held {
        let told = known.get(object.as_str()).map(|effect| effect.lock);
        let of_table = of.as_ref().and_then(|table| known.get(table.to_string().as_str())).map(|effect| effect.lock);
        match told {
            Some(told) if told == *mode => {}
            None if of_table.is_some_and(|of_table| of_table >= *mode) => {}
            told => wrong.push(format!("{object}: seen {mode}, told {}", told.map_or("nothing", LockMode::words))),
        }
    }
    for (object, effect) in &known {
        if !held.contains_key(*object) {
            wrong.push(format!("{object}: told {}, seen nothing", effect.lock));
        }
        let rewritten = seen.rewritten.iter().any(|name| name.to_string() == *object);
        let scanned = seen.scanned.iter().any(|name| name.to_string() == *object);
        let seen = match () {
            () if rewritten => Work::Rewrites,
            () if scanned => Work::Scans,
            () => Work::Nothing,
        };
        // How a query goes through a table, and how a foreign key's rows are looked for, is the planner's choice.
        let planned = match effect.lock {
            LockMode::AccessShare | LockMode::RowShare | LockMode::RowExclusive => true,
            LockMode::ShareRowExclusive => seen == Work::Nothing,
            _ => false,
        };
        if seen != effect.work && !planned {
            wrong.push(format!("{object}: told {}, seen {}", effect.work.name(), seen.name()));
        }
    }
    for name in seen.rewritten.iter().map(ToString::to_string).filter(|name| !known.contains_key(name.as_str())) {
        wrong.push(format!("{name}: rewritten, told nothing"));
    }
    wrong
}

#[tokio::test]
async fn what_is_told_is_what_is_seen() {
    check(server(), 15).await;
}

#[tokio::test]
async fn on_the_newest_server_too() {
    check(server_of(18), 18).await;
}

#[tokio::test]
async fn on_the_oldest_server_too() {
    check(server_of(13), 13).await;
}

#[test]
fn the_page_for_users_lists_every_lock() {
    let page = include_str!("../../../docs/concepts/plans.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).collect();
    for mode in LockMode::ALL {
        let row = format!("| {mode} | {} |", mode.blocks());
        assert!(rows.iter().any(|line| line.starts_with(&row)), "{row}");
    }
}
