//! Tasks: what is done to a whole topology, in one transaction however long it takes.

use std::time::Duration;

use crate::{Records, Result, devices, hosts, resources, topologies, users};

/// What a task has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The topology.
    pub topology: i64,
    /// The ports that its devices got.
    pub ports: Vec<i64>,
}

/// Builds a topology of one device and starts it: reads which hosts there are, talks to them for `talk`, takes a port,
/// writes it all down. `begun` is told when the reading is done and the talking begins.
///
/// # Errors
/// No host is in use, or it has no port left.
pub fn build(db: &mut dyn Records, worker: &str, talk: Duration, begun: impl FnOnce()) -> Result<Done> {
    let host = hosts::all(db)?.into_iter().find(|host| host.enabled).ok_or("no host is in use")?;
    begun();
    std::thread::sleep(talk);

    let owner = users::enter(db, worker, "tasks")?;
    let topology = topologies::create(db, owner, "one device")?;
    let device = devices::add(db, topology, "vm1", "kvm", &["eth0"])?;
    let port = resources::take_port(db, host.id, device, "vnc")?;
    devices::started(db, device, host.id)?;
    let sql = "INSERT INTO tomato_task (topology_id, name, worker) VALUES ($1, 'build', $2)";
    db.run(sql, &[topology.into(), worker.into()])?;
    Ok(Done { topology, ports: vec![port] })
}

/// How many tasks were done, and how many ports are given away.
pub fn totals(db: &mut dyn Records) -> Result<(i64, i64)> {
    let sql = "SELECT (SELECT count(*) FROM tomato_task), (SELECT count(*) FROM tomato_resourceentry)";
    let rows = db.rows(sql, &[])?;
    Ok((rows[0].number(0)?, rows[0].number(1)?))
}
