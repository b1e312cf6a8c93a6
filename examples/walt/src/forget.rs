//! Forgetting a device, with all that belongs to it: its links, ports, streams and their logs.

use tokio_postgres::{Client, GenericClient};

use crate::Result;

/// How many log lines would go with a device: what a user is asked about first.
pub async fn log_lines(db: &impl GenericClient, mac: &str) -> Result<i64> {
    let sql = "SELECT count(*) FROM logs JOIN logstreams ON logstreams.id = logs.stream_id WHERE issuer_mac = $1";
    db.query_one(sql, &[&mac]).await?.try_get(0)
}

/// Forgets a device; `false` where there is none, or it is the server itself. The database knows what belongs to it.
pub async fn forget(db: &Client, mac: &str) -> Result<bool> {
    let sql = "DELETE FROM devices WHERE mac = $1 AND type IS DISTINCT FROM 'server'";
    Ok(db.execute(sql, &[&mac]).await? == 1)
}
