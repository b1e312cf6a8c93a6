//! Devices: the virtual machines of a topology, and their interfaces.

use crate::{Records, Result};

/// A device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its number here.
    pub id: i64,
    /// Its name in the topology.
    pub name: String,
    /// `created`, `prepared` or `started`.
    pub state: String,
}

/// Adds a device of a kind (`openvz`, `kvm`, `prog`) with its interfaces to a topology.
pub fn add(db: &mut dyn Records, topology: i64, name: &str, kind: &str, interfaces: &[&str]) -> Result<i64> {
    let sql = "INSERT INTO tomato_device (topology_id, name, type) VALUES ($1, $2, $3) RETURNING id";
    let id = db.rows(sql, &[topology.into(), name.into(), kind.into()])?[0].number(0)?;
    for interface in interfaces {
        let sql = "INSERT INTO tomato_interface (device_id, name) VALUES ($1, $2)";
        db.run(sql, &[id.into(), (*interface).into()])?;
    }
    Ok(id)
}

/// The devices of a topology, by name.
pub fn of_topology(db: &mut dyn Records, topology: i64) -> Result<Vec<Device>> {
    let sql = "SELECT id, name, state FROM tomato_device WHERE topology_id = $1 ORDER BY name";
    let rows = db.rows(sql, &[topology.into()])?;
    rows.iter().map(|row| Ok(Device { id: row.number(0)?, name: row.text(1)?, state: row.text(2)? })).collect()
}

/// Notes that a device runs on a host.
pub fn started(db: &mut dyn Records, id: i64, host: i64) -> Result<()> {
    db.run("UPDATE tomato_device SET state = 'started', host_id = $2 WHERE id = $1", &[id.into(), host.into()])?;
    Ok(())
}
