//! The server's own row, put right at each start: its network card may be another one than last time.

use tokio_postgres::Client;

use crate::Result;
use crate::devices;

/// The name that the server has on its own network.
pub const NAME: &str = "walt-server";

/// Enters this server. Other devices that claim its role, its name or its address keep their logs and links, but not that
/// claim: they are unknown devices from now on, which a user may forget.
pub async fn enter(db: &mut Client, mac: &str, ip: &str) -> Result<()> {
    let work = db.transaction().await?;
    let sql = "UPDATE devices SET
            ip = nullif(ip, $2),
            name = CASE name WHEN $3 THEN 'unknown-' || right(replace(mac, ':', ''), 6) ELSE name END,
            type = CASE type WHEN 'server' THEN 'unknown' ELSE type END
        WHERE mac <> $1 AND (type = 'server' OR name = $3 OR ip = $2)";
    work.execute(sql, &[&mac, &ip, &NAME]).await?;
    devices::register(&work, mac, Some(ip), NAME, "server").await?;
    work.commit().await
}
