//! From every dialect to every other: the ledger is written, nothing is run, and the next `up` applies what comes after.

use mainstay::dialect::by_name;
use mainstay::sql::Flavor;
use mainstay::{ErrorKind, Result};

use super::super::lab::{Lab, versions};
use super::super::shape::SHAPES;
use super::{adopt, becomes, rows, third, two};

/// The table's name as SQL.
fn table(dialect: &str, flavor: Flavor) -> String {
    match dialect {
        "mainstay" => mainstay::ledger::table(flavor, "migration"),
        other => by_name(other).expect("a dialect").ledger_table().to_owned(),
    }
}

/// What `from` applied is taken over into `to`.
async fn check(flavor: Flavor, from: &'static str, to: &'static str) {
    let mut lab = Lab::new(flavor, from);
    two(&lab);
    lab.up().await.expect("the first tool applies");
    let theirs = table(from, flavor);
    let before = lab.query(&format!("SELECT * FROM {theirs}")).await;
    becomes(&mut lab, to);
    two(&lab);
    third(&lab);
    let what = format!("{from} to {to}");

    let (adoption, proof) = adopt(&lab, None).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
    assert_eq!(adoption.from.map(|origin| origin.tool).as_deref(), Some(from), "{what}");
    assert_eq!(adoption.left.iter().map(|left| &left.table).collect::<Vec<_>>(), [&theirs], "{what}");
    assert_eq!((adoption.versions.len(), adoption.pending, proof.migrations), (2, 1, 2), "{what}");
    assert_eq!(lab.query(&format!("SELECT * FROM {theirs}")).await, before, "{what}: their table is left alone");
    let journal = mainstay::ledger::table(flavor, "journal");
    let line = lab.cell(&format!("SELECT detail FROM {journal} WHERE action = 'migrate adopt'")).await;
    assert!(line.contains(&format!("from {theirs}; proven")), "{what}: {line}");

    assert_eq!(versions(&lab.up().await.unwrap_or_else(|error| panic!("{what}: {error:?}"))), ["3"], "{what}");
    assert_eq!(rows(&lab, "devices").await, "0", "{what}: made once, by the first tool");
    let again = super::Adopting::new(&lab).plan(None).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
    assert!(again.plan.is_empty(), "{what}: adopted already");
}

/// Tools whose tables have the same name cannot both have theirs.
async fn clashes(flavor: Flavor, from: &'static str, to: &'static str) -> Result<()> {
    let mut lab = Lab::new(flavor, from);
    two(&lab);
    lab.up().await.expect("the first tool applies");
    becomes(&mut lab, to);
    two(&lab);
    adopt(&lab, None).await.map(drop)
}

fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    let names = || SHAPES.iter().map(|shape| shape.dialect);
    names().flat_map(move |from| names().map(move |to| (from, to))).filter(|(from, to)| from != to)
}

fn same_table(from: &str, to: &str) -> bool {
    table(from, Flavor::Sqlite) == table(to, Flavor::Sqlite)
}

#[tokio::test]
async fn on_sqlite_from_each_to_each() {
    for (from, to) in pairs() {
        match same_table(from, to) {
            true => {
                let error = clashes(Flavor::Sqlite, from, to).await.expect_err("one table for two tools");
                assert_eq!(error.kind(), ErrorKind::Verification, "{from} to {to}: {error:?}");
            }
            false => check(Flavor::Sqlite, from, to).await,
        }
    }
}

#[tokio::test]
async fn on_postgres_to_mainstays_own_and_back() {
    for (from, to) in pairs().filter(|(from, to)| *from == "mainstay" || *to == "mainstay") {
        check(Flavor::Postgres, from, to).await;
    }
}
