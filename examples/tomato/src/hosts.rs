//! Hosts: the machines that devices run on, in groups, each with ranges of numbers to give away.

use crate::{Records, Result};

/// A host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its number here.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// May devices be started on it?
    pub enabled: bool,
}

/// Enters a host with `count` ports from `first` on, or finds the one that is there.
pub fn enter(db: &mut dyn Records, name: &str, group: &str, first: i64, count: i64) -> Result<i64> {
    let sql = "INSERT INTO tomato_host (name, \"group\") VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET \"group\" = excluded.\"group\" RETURNING id";
    let id = db.rows(sql, &[name.into(), group.into()])?[0].number(0)?;
    let sql = "INSERT INTO tomato_resourcepool (host_id, type, first_num, num_count) VALUES ($1, 'port', $2, $3)
        ON CONFLICT (host_id, type) DO UPDATE SET first_num = excluded.first_num, num_count = excluded.num_count";
    db.run(sql, &[id.into(), first.into(), count.into()])?;
    Ok(id)
}

/// Takes a host out of use, or back into it.
pub fn enable(db: &mut dyn Records, id: i64, enabled: bool) -> Result<bool> {
    Ok(db.run("UPDATE tomato_host SET enabled = $2 WHERE id = $1", &[id.into(), enabled.into()])? == 1)
}

/// Every host, by name.
pub fn all(db: &mut dyn Records) -> Result<Vec<Host>> {
    let rows = db.rows("SELECT id, name, enabled FROM tomato_host ORDER BY name", &[])?;
    rows.iter().map(|row| Ok(Host { id: row.number(0)?, name: row.text(1)?, enabled: row.flag(2)? })).collect()
}
