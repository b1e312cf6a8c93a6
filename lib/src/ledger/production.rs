//! Whether a database is a production one: by its own mark and by the configuration.

use super::{environment, has_ledger_query, setting_query};
use crate::engine::{Session, first_cell};
use crate::error::Result;

/// The environment that the database itself names; `None` where it has no ledger, or names none.
///
/// # Errors
/// Mainstay's own tables are there and cannot be read.
pub async fn marker(session: &mut dyn Session) -> Result<Option<String>> {
    let flavor = session.flavor();
    let there = session.query(has_ledger_query(flavor)).await?;
    if first_cell(&there) != Some("1") {
        return Ok(None);
    }
    Ok(environment(&session.query(&setting_query(flavor)).await?))
}

/// Whether the database's own mark or the `configured` environment says production: neither a stale mark nor a missing line in the
/// configuration makes it anything less.
///
/// # Errors
/// See [`marker`].
pub async fn is_production(session: &mut dyn Session, configured: Option<&str>) -> Result<bool> {
    Ok([marker(session).await?.as_deref(), configured].contains(&Some("production")))
}

/// Whether its own mark says production, as far as this session may read it.
pub async fn is_marked(session: &mut dyn Session) -> bool {
    marker(session).await.is_ok_and(|mark| mark.as_deref() == Some("production"))
}
