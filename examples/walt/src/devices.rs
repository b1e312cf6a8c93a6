//! Devices: everything that was ever seen on the network, known by its MAC address.

use serde_json::Value;
use tokio_postgres::{GenericClient, Row};

use crate::Result;

/// One device.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// The MAC address, lower case.
    pub mac: String,
    /// Its address, where it has one.
    pub ip: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// `node`, `server`, `switch` or `unknown`.
    pub kind: String,
    /// Settings by dotted name: `lldp.explore`, `poe.reboots`, `snmp.version`, `netsetup` …
    pub conf: Value,
}

const COLUMNS: &str = "mac, ip, name, coalesce(type, 'unknown'), conf::text";

/// Enters a device, or what is new about a known one: a kind that was known does not become `unknown` again.
pub async fn register(db: &impl GenericClient, mac: &str, ip: Option<&str>, name: &str, kind: &str) -> Result<()> {
    let sql = "INSERT INTO devices (mac, ip, name, type) VALUES ($1, $2, $3, $4)
        ON CONFLICT (mac) DO UPDATE SET
            ip = coalesce(excluded.ip, devices.ip),
            name = excluded.name,
            type = CASE excluded.type WHEN 'unknown' THEN devices.type ELSE excluded.type END";
    db.execute(sql, &[&mac, &ip, &name, &kind]).await?;
    Ok(())
}

/// Changes settings: those in `changes` are set, a null takes one away, all others stay.
pub async fn configure(db: &impl GenericClient, mac: &str, changes: &Value) -> Result<bool> {
    let sql = "UPDATE devices SET conf = jsonb_strip_nulls(conf || $2::text::jsonb) WHERE mac = $1";
    Ok(db.execute(sql, &[&mac, &changes.to_string()]).await? == 1)
}

/// The device with this MAC address.
pub async fn by_mac(db: &impl GenericClient, mac: &str) -> Result<Option<Device>> {
    let row = db.query_opt(&format!("SELECT {COLUMNS} FROM devices WHERE mac = $1"), &[&mac]).await?;
    row.as_ref().map(device).transpose()
}

/// The device with this address: how the issuer of a log line is recognised.
pub async fn by_ip(db: &impl GenericClient, ip: &str) -> Result<Option<Device>> {
    let row = db.query_opt(&format!("SELECT {COLUMNS} FROM devices WHERE ip = $1 LIMIT 1"), &[&ip]).await?;
    row.as_ref().map(device).transpose()
}

/// Every device, by name.
pub async fn all(db: &impl GenericClient) -> Result<Vec<Device>> {
    let rows = db.query(&format!("SELECT {COLUMNS} FROM devices ORDER BY name, mac"), &[]).await?;
    rows.iter().map(device).collect()
}

fn device(row: &Row) -> Result<Device> {
    Ok(Device {
        mac: row.try_get(0)?,
        ip: row.try_get(1)?,
        name: row.try_get(2)?,
        kind: row.try_get(3)?,
        // The server has checked that it is JSON.
        conf: serde_json::from_str(row.try_get(4)?).unwrap_or_default(),
    })
}
