//! A restored database gets its name: in one transaction with the old one's, or not at all.
//!
//! The old database is never closed for this: a stop between closing and renaming would leave it so. Renaming locks it instead,
//! and whoever connects meanwhile waits for the lock; the sessions that are there are ended by another session while the server
//! waits for them to go. So there is no moment at which a stop leaves anything but the old database under its name.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::engine::{Session, first_cell};
use crate::error::Result;
use crate::sql::{ident, literal};

/// How often the rename is tried while sessions take their time to end: the server waits 5 seconds each time.
const ATTEMPTS: u32 = 4;
/// How often it is looked who has come into the old database.
const PAUSE: Duration = Duration::from_millis(20);
/// `object_in_use`: somebody is still connected.
const IN_USE: &str = "55006";

/// A database that was filled, and the name that it gets.
pub(super) struct Newborn<'a> {
    /// What it is called until then.
    pub(super) scratch: &'a str,
    /// Its comment, as a statement on that name: until then it says that this is a scratch database.
    pub(super) comment: String,
    /// Its name.
    pub(super) name: &'a str,
    /// What a database that has this name is kept as.
    pub(super) kept: Option<&'a str>,
}

/// Gives a new database its name; `ender` ends the sessions of the one that has had it. Neither session is on one of the two.
pub(super) async fn swap(session: &mut dyn Session, ender: &mut dyn Session, newborn: &Newborn<'_>) -> Result<()> {
    let name = newborn.name;
    // What was restored must outlive a crash of the server before the old one loses its name.
    session.query("SET synchronous_commit = on").await?;
    let mut statements = Vec::new();
    let mut old = None;
    if let Some(kept) = newborn.kept {
        statements.push(format!("ALTER DATABASE {} RENAME TO {}", ident(name), ident(kept)));
        // By its number: the new one may have sessions too, once it has the name.
        let found = format!("SELECT oid::text FROM pg_catalog.pg_database WHERE datname = {}", literal(name));
        old = first_cell(&session.query(&found).await?).map(str::to_owned);
    }
    statements.push(newborn.comment.clone());
    statements.push(format!("ALTER DATABASE {} RENAME TO {}", ident(newborn.scratch), ident(name)));
    let sql = format!("BEGIN; {}; COMMIT", statements.join("; "));
    let mut attempt = 1;
    loop {
        let done = AtomicBool::new(false);
        let renaming = async {
            let renamed = rename(session, &sql).await;
            done.store(true, Ordering::Relaxed);
            renamed
        };
        let (renamed, ended) = tokio::join!(renaming, keep_out(ender, old.as_deref(), &done));
        match (renamed, ended) {
            (Ok(()), _) => return Ok(()),
            // Who may not end a session is told so, not that the database is in use.
            (Err(error), Err(refused)) if error.sqlstate() == Some(IN_USE) => return Err(refused),
            (Err(error), Ok(())) if error.sqlstate() == Some(IN_USE) && attempt < ATTEMPTS => attempt += 1,
            (Err(error), _) => return Err(error),
        }
    }
}

async fn rename(session: &mut dyn Session, sql: &str) -> Result<()> {
    match session.query(sql).await {
        Ok(_) => Ok(()),
        Err(error) => {
            // A lost connection rolls back by itself.
            let _ = session.query("ROLLBACK").await;
            Err(error.context("the restored database cannot be given its name"))
        }
    }
}

/// Ends the sessions of the database with the number `old` until it is `done`.
async fn keep_out(session: &mut dyn Session, old: Option<&str>, done: &AtomicBool) -> Result<()> {
    // The new one has none but of those who look into every database of a server, who are gone again soon.
    let Some(old) = old else { return Ok(()) };
    while !done.load(Ordering::Relaxed) {
        end_sessions(session, old).await?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

async fn end_sessions(session: &mut dyn Session, old: &str) -> Result<()> {
    // Two queries: in one, the server may come to end sessions before it has looked whose they are. The server's own workers,
    // which are nobody's, go by themselves.
    let of_users =
        format!("SELECT pid::text FROM pg_catalog.pg_stat_activity WHERE datid = {old} AND usesysid IS NOT NULL");
    let there = session.query(&of_users).await?;
    let mut all = Ok(());
    for pid in there.iter().filter_map(|row| row.first()?.as_deref()) {
        let ended = session.query(&format!("SELECT pg_catalog.pg_terminate_backend({pid})")).await;
        let ended = ended.map_err(|error| error.context("the sessions of the old database cannot be ended"));
        all = all.and(ended.map(drop));
    }
    all
}
