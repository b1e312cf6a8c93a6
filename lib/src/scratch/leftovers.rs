//! What a process that was killed has left on a server.

use crate::engine::Session;
use crate::error::Result;
use crate::sql::{ident, literal};

use super::database::{MARK, PREFIX};

/// Drops the scratch databases whose maker is gone: marked by us, ours to drop, and neither a session in them nor the maker's
/// own, which bears their name. Every role may see who bears which name.
pub(super) async fn sweep(session: &mut dyn Session) -> Result<()> {
    let found = session
        .query(&format!(
            "SELECT d.datname FROM pg_catalog.pg_database d \
             WHERE pg_catalog.starts_with(d.datname, {}) \
             AND pg_catalog.shobj_description(d.oid, 'pg_database') = {} \
             AND pg_catalog.pg_has_role(d.datdba, 'USAGE') \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a \
               WHERE a.datid = d.oid OR a.application_name = d.datname)",
            literal(PREFIX),
            literal(MARK)
        ))
        .await?;
    for name in found.into_iter().filter_map(|row| row.into_iter().next().flatten()) {
        // Without FORCE: a session that has come meanwhile keeps it, and another run may have dropped it already.
        let _ = session.query(&format!("DROP DATABASE IF EXISTS {}", ident(&name))).await;
    }
    Ok(())
}
