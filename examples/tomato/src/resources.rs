//! Numbers that a host has a range of, each given to one device at most.

use crate::{Records, Result};

/// Takes the lowest free port of a host for a slot of a device.
///
/// # Errors
/// The host has none left.
pub fn take_port(db: &mut dyn Records, host: i64, device: i64, slot: &str) -> Result<i64> {
    // Touching the pool makes others on the server wait until we have committed. On a file, one writes at a time anyway.
    let touch = "UPDATE tomato_resourcepool SET num_count = num_count WHERE host_id = $1 AND type = 'port'
        RETURNING id, first_num, num_count";
    let rows = db.rows(touch, &[host.into()])?;
    let pool = rows.first().ok_or_else(|| format!("host {host} has no ports to give away"))?;
    let (id, first, count) = (pool.number(0)?, pool.number(1)?, pool.number(2)?);

    let taken = db.rows("SELECT num FROM tomato_resourceentry WHERE pool_id = $1 ORDER BY num", &[id.into()])?;
    let mut free = first;
    for row in &taken {
        if row.number(0)? == free {
            free += 1;
        }
    }
    if free >= first + count {
        return Err(format!("all {count} ports of host {host} are taken").into());
    }
    let sql = "INSERT INTO tomato_resourceentry (pool_id, num, device_id, slot) VALUES ($1, $2, $3, $4)";
    db.run(sql, &[id.into(), free.into(), device.into(), slot.into()])?;
    Ok(free)
}
