//! A drill of an SQLite backup: the file, taken out and read.

use crate::archive::manifest::Manifest;
use crate::backup;
use crate::conn::SqliteTarget;
use crate::engine::sqlite::{digests, open_read_only, version};
use crate::engine::{Session, first_cell};
use crate::error::Result;
use crate::scratch::ScratchFolder;
use crate::store::{Found, Store};

use super::Order;
use super::found::{Outcome, judged};

/// The database's file in an exported backup.
const FILE: &str = "database.sqlite3";
const PLACE: &str = "a scratch file";

pub(super) async fn drill(store: &dyn Store, found: &Found, order: &Order<'_>) -> Result<Outcome> {
    let scratch = ScratchFolder::create(order.temporary)?;
    let folder = scratch.path().join("backup");
    let exported = backup::export(store, &found.manifest, &order.unlocking(), &folder, None, order.context).await;
    let tried = match exported {
        Ok(_) => compare(found, &SqliteTarget { path: folder.join(FILE) }, order).await,
        Err(error) => Err(error),
    };
    judged(tried, version().to_owned(), PLACE.to_owned())
}

async fn compare(found: &Found, target: &SqliteTarget, order: &Order<'_>) -> Result<Outcome> {
    let mut session = open_read_only(target, order.context).await?;
    let mut outcome =
        Outcome { server: session.server().version.clone(), place: PLACE.to_owned(), ..Outcome::default() };
    let compared = rows(&mut session, &found.manifest, &mut outcome).await;
    outcome.compare_migration(found, order.ledger, &mut session, order.context).await;
    Box::new(session).close().await;
    compared.map(|()| outcome)
}

async fn rows(session: &mut dyn Session, manifest: &Manifest, outcome: &mut Outcome) -> Result<()> {
    let problems = session.query("PRAGMA integrity_check").await?;
    if let Some(problem) = first_cell(&problems).filter(|said| *said != "ok") {
        outcome.failures.push(format!("the file is not sound: {problem}"));
    }
    let there = digests(session, manifest.seed).await?;
    for table in &manifest.tables {
        let rows = there.iter().find(|one| one.name == table.name).map(|one| one.rows);
        outcome.tables += 1;
        outcome.rows += rows.map_or(0, |rows| rows.count);
        outcome.mismatches.extend(table.compare(rows, &[]));
    }
    let new = there.iter().filter(|one| manifest.tables.iter().all(|table| table.name != one.name));
    outcome.failures.extend(new.map(|one| format!("the table {} is not in the manifest", one.name)));
    Ok(())
}
