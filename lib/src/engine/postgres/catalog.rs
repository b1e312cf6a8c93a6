//! Reading the catalog.

use super::PostgresSession;
use crate::catalog::Catalog;

/// Reads what the database is made of.
pub(super) async fn read(session: &mut PostgresSession) -> crate::Result<Catalog> {
    let _ = session;
    Ok(Catalog::default())
}
