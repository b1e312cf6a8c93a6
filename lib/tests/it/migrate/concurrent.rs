//! Sixteen instances at once.

use std::sync::Arc;

use mainstay::migrate::{Folder, Goal, Migrator};
use mainstay::sql::Flavor;

use super::lab::Lab;
use super::shape::SHAPES;

/// Starts sixteen runners; every one must succeed, and together they apply each migration once.
async fn sixteen(lab: &Lab, expected: usize) {
    let runner = async || {
        let folder = Folder::read(&lab.dir(), lab.dialect, lab.flavor).expect("reads");
        let mut session = lab.session().await;
        let mut migrator = Migrator::new(session.as_mut(), &folder, &lab.rules, Arc::clone(&lab.observer));
        migrator.lock().await.expect("gets its turn");
        let state = migrator.state().await.expect("reads");
        let plan = migrator.plan(&state, &Goal::Up).expect("plans");
        let done = if plan.plan.is_empty() { 0 } else { migrator.apply(&plan).await.expect("applies").done.len() };
        migrator.unlock().await;
        done
    };
    let done: usize = futures_util::future::join_all((0..16).map(|_| runner())).await.into_iter().sum();
    assert_eq!(done, expected, "each migration exactly once");
}

#[tokio::test]
async fn sixteen_runners_a_hundred_times() {
    let lab = Lab::new(Flavor::Postgres, "mainstay");
    lab.query("CREATE TABLE base (a int); INSERT INTO base SELECT generate_series(1, 100)").await;
    for round in 1..=100u32 {
        if round % 2 == 0 {
            lab.step(round, "plain", &format!("CREATE TABLE t{round} (a int);"), "");
        } else {
            // The statement that deadlocks with a runner that waits inside a transaction or a blocking lock.
            let up = format!("-- mainstay: no-transaction\nCREATE INDEX CONCURRENTLY base_{round} ON base (a);");
            lab.step(round, "index", &up, "");
        }
        sixteen(&lab, 1).await;
    }
    assert_eq!(lab.cell("SELECT count(*) FROM mainstay.migration WHERE state = 'applied'").await, "100");
    assert_eq!(lab.cell("SELECT count(*) FROM pg_index WHERE NOT indisvalid").await, "0");
}

#[tokio::test]
async fn sixteen_runners_on_every_dialect_and_engine() {
    for (shape, flavor) in SHAPES.iter().flat_map(|shape| [(shape, Flavor::Postgres), (shape, Flavor::Sqlite)]) {
        let lab = Lab::new(flavor, shape.dialect);
        for number in 1..=5 {
            lab.step(number, "t", &format!("CREATE TABLE t{number} (a int);"), &format!("DROP TABLE t{number};"));
        }
        sixteen(&lab, 5).await;
    }
}
