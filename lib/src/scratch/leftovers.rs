//! What a process that was killed has left on a server.

use crate::engine::Session;
use crate::error::Result;
use crate::sql::{ident, literal};

use super::database::{MARK, PREFIX, TEMPLATE, plain};

/// Drops the scratch databases whose maker is gone: marked by us, or copies that were not marked yet and take no connections; ours
/// to drop, and neither a session in them nor the maker's own, which bears their name. Every role may see who bears which name.
pub(super) async fn sweep(session: &mut dyn Session) -> Result<()> {
    let found = session
        .query(&format!(
            "SELECT d.datname FROM pg_catalog.pg_database d \
             WHERE pg_catalog.starts_with(d.datname, {0}) \
             AND COALESCE(pg_catalog.shobj_description(d.oid, 'pg_database'), CASE WHEN NOT d.datallowconn THEN {1} END) = {1} \
             AND pg_catalog.pg_has_role(d.datdba, 'USAGE') \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a \
               WHERE a.datid = d.oid OR a.application_name = d.datname)",
            literal(PREFIX),
            literal(MARK)
        ))
        .await?;
    for name in found.into_iter().filter_map(|row| row.into_iter().next().flatten()) {
        // Without FORCE: a session that has come meanwhile keeps it, and another run may have dropped it already.
        let drop = format!("DROP DATABASE IF EXISTS {}", ident(&name));
        let dropped = session.query(&drop).await;
        if dropped.is_err_and(|error| error.sqlstate() == Some(TEMPLATE)) && session.query(&plain(&name)).await.is_ok()
        {
            let _ = session.query(&drop).await;
        }
    }
    Ok(())
}
