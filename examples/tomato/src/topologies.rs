//! Topologies: what a user builds of devices and connectors, and who else may use it.

use crate::{Records, Result, Value};

/// Makes an empty topology.
pub fn create(db: &mut dyn Records, owner: i64, name: &str) -> Result<i64> {
    let sql =
        "INSERT INTO tomato_topology (owner_id, name, date_usage) VALUES ($1, $2, CURRENT_TIMESTAMP) RETURNING id";
    db.rows(sql, &[owner.into(), name.into()])?[0].number(0)
}

/// Lets another user in, as `user` or `manager`.
pub fn permit(db: &mut dyn Records, topology: i64, user: i64, role: &str) -> Result<()> {
    let sql = "INSERT INTO tomato_permission (topology_id, user_id, role) VALUES ($1, $2, $3)
        ON CONFLICT (topology_id, user_id) DO UPDATE SET role = excluded.role";
    db.run(sql, &[topology.into(), user.into(), role.into()])?;
    Ok(())
}

/// The names of the topologies that a user owns or may use.
pub fn of_user(db: &mut dyn Records, user: i64) -> Result<Vec<String>> {
    let sql = "SELECT name FROM tomato_topology WHERE owner_id = $1
        OR id IN (SELECT topology_id FROM tomato_permission WHERE user_id = $1) ORDER BY name";
    db.rows(sql, &[user.into()])?.iter().map(|row| row.text(0)).collect()
}

/// Links interfaces (device, interface) by a connector of its own: a hub, a switch or a router.
pub fn connect(db: &mut dyn Records, topology: i64, name: &str, kind: &str, ends: &[(i64, &str)]) -> Result<i64> {
    let sql = "INSERT INTO tomato_connector (topology_id, name, type) VALUES ($1, $2, $3) RETURNING id";
    let connector = db.rows(sql, &[topology.into(), name.into(), kind.into()])?[0].number(0)?;
    for (device, interface) in ends {
        let values: [Value; 3] = [connector.into(), (*device).into(), (*interface).into()];
        let sql = "INSERT INTO tomato_connection (connector_id, interface_id)
            SELECT $1, id FROM tomato_interface WHERE device_id = $2 AND name = $3";
        if db.run(sql, &values)? == 0 {
            return Err(format!("device {device} has no interface {interface}").into());
        }
    }
    Ok(connector)
}

/// Removes a topology with all that is in it; its numbers are free again.
pub fn remove(db: &mut dyn Records, id: i64) -> Result<bool> {
    Ok(db.run("DELETE FROM tomato_topology WHERE id = $1", &[id.into()])? == 1)
}
