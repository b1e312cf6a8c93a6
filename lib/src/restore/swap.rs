//! A restored database gets its name: in one transaction with the old one's, or not at all.

use crate::engine::Session;
use crate::error::Result;
use crate::sql::{ident, literal};

/// How often the old database's sessions are ended before it is given up.
const ATTEMPTS: u32 = 20;

/// Gives the database `scratch` the name `name`. A database of that name is kept as `kept`: its sessions are ended, and nobody
/// gets in until it has its other name. `session` is on neither of them.
pub(super) async fn swap(session: &mut dyn Session, scratch: &str, name: &str, kept: Option<&str>) -> Result<()> {
    // What was restored must outlive a crash of the server before the old one loses its name.
    session.query("SET synchronous_commit = on").await?;
    let Some(kept) = kept else {
        return rename(session, &[name_it(scratch, name)]).await;
    };
    session.query(&format!("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", ident(name))).await?;
    let swapped = swap_closed(session, scratch, name, kept).await;
    // By whichever name it goes now, the old one is open again.
    let old = if swapped.is_ok() { kept } else { name };
    let opened = session.query(&format!("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true", ident(old))).await;
    swapped?;
    opened.map(drop)
}

async fn swap_closed(session: &mut dyn Session, scratch: &str, name: &str, kept: &str) -> Result<()> {
    let statements = [format!("ALTER DATABASE {} RENAME TO {}", ident(name), ident(kept)), name_it(scratch, name)];
    let mut attempt = 1;
    loop {
        end_sessions(session, name).await?;
        match rename(session, &statements).await {
            // A session takes its time to end.
            Err(error) if error.sqlstate() == Some("55006") && attempt < ATTEMPTS => attempt += 1,
            renamed => return renamed,
        }
    }
}

/// It is no scratch database any more: its comment said so.
fn name_it(scratch: &str, name: &str) -> String {
    let (scratch, name) = (ident(scratch), ident(name));
    format!("COMMENT ON DATABASE {scratch} IS NULL; ALTER DATABASE {scratch} RENAME TO {name}")
}

async fn rename(session: &mut dyn Session, statements: &[String]) -> Result<()> {
    let sql = format!("BEGIN; {}; COMMIT", statements.join("; "));
    match session.query(&sql).await {
        Ok(_) => Ok(()),
        Err(error) => {
            // A lost connection rolls back by itself.
            let _ = session.query("ROLLBACK").await;
            Err(error.context("the restored database cannot be given its name"))
        }
    }
}

async fn end_sessions(session: &mut dyn Session, name: &str) -> Result<()> {
    // Two queries: in one, the server may come to end sessions before it has looked whose they are.
    let there = session
        .query(&format!(
            "SELECT pid::text FROM pg_catalog.pg_stat_activity WHERE datname = {} AND pid <> pg_catalog.pg_backend_pid()",
            literal(name)
        ))
        .await?;
    for pid in there.iter().filter_map(|row| row.first()?.as_deref()) {
        let ended = session.query(&format!("SELECT pg_catalog.pg_terminate_backend({pid})")).await;
        ended.map_err(|error| error.context(format!("the sessions of {name} cannot be ended")))?;
    }
    Ok(())
}
