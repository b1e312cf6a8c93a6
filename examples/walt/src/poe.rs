//! Switch ports without power, and why. A reason is kept until the power is back, so a restarted server knows it too.

use std::collections::BTreeSet;

use tokio_postgres::GenericClient;

use crate::Result;
use crate::topology::BOTH_WAYS;

/// A port whose power is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffPort {
    /// The switch.
    pub switch: String,
    /// Its port.
    pub port: i32,
    /// `powersave`, `hard-reboot` …
    pub reason: String,
}

/// Notes that the power of a port is off.
pub async fn off(db: &impl GenericClient, switch: &str, port: i32, reason: &str) -> Result<()> {
    let sql = "INSERT INTO poeoff (mac, port, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    db.execute(sql, &[&switch, &port, &reason]).await?;
    Ok(())
}

/// Forgets every reason of a port whose power is back; `false` where there was none.
pub async fn on(db: &impl GenericClient, switch: &str, port: i32) -> Result<bool> {
    let sql = "DELETE FROM poeoff WHERE mac = $1 AND port = $2";
    Ok(db.execute(sql, &[&switch, &port]).await? > 0)
}

/// The ports to give power back to at start.
pub async fn off_ports(db: &impl GenericClient) -> Result<Vec<OffPort>> {
    let rows = db.query("SELECT mac, port, reason FROM poeoff ORDER BY mac, port, reason", &[]).await?;
    let port = |row: &tokio_postgres::Row| {
        Ok(OffPort { switch: row.try_get(0)?, port: row.try_get(1)?, reason: row.try_get(2)? })
    };
    rows.iter().map(port).collect()
}

/// The devices that hang on those ports: they need no soft reboot, nobody would answer.
pub async fn off_macs(db: &impl GenericClient) -> Result<BTreeSet<String>> {
    let sql = format!(
        "SELECT DISTINCT link.peer FROM {BOTH_WAYS} link JOIN poeoff ON poeoff.mac = link.mac AND poeoff.port = link.port
        WHERE link.confirmed"
    );
    db.query(&sql, &[]).await?.iter().map(|row| row.try_get(0)).collect()
}
