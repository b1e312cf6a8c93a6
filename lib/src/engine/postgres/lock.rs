//! Named advisory locks, and who holds a lock.

use super::PostgresSession;
use crate::engine::{Holder, Row, Session, first_cell};
use crate::error::Result;
use crate::observer::Event;
use crate::sql::literal;

/// What it means that a lock which was taken is not ours to give back.
const SHUFFLED: &str = "the lock is not held by the session that answers now: either a script gave it away (DISCARD ALL, \
    pg_advisory_unlock_all), or a pooler in transaction mode is in between, where neither locks nor roles hold, and the lock \
    stays until the pooler closes that session; give mainstay the server's own address";

impl PostgresSession {
    pub(super) async fn take_lock(&mut self, name: &str) -> Result<bool> {
        let rows = self.query(&format!("SELECT pg_try_advisory_lock({})", lock_key(name))).await?;
        Ok(first_cell(&rows) == Some("t"))
    }

    pub(super) async fn give_lock_back(&mut self, name: &str) -> Result<()> {
        let rows = self.query(&format!("SELECT pg_advisory_unlock({})", lock_key(name))).await?;
        if first_cell(&rows) != Some("t") {
            self.observer.event(Event::Warning { message: SHUFFLED });
        }
        Ok(())
    }

    pub(super) async fn holder_of(&mut self, name: &str) -> Result<Option<Holder>> {
        let key = lock_key(name).cast_unsigned();
        let (high, low) = (key >> 32, key & 0xffff_ffff);
        let rows = self
            .query(&format!(
                "SELECT a.pid, {DESCRIPTION} FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
                 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid = {high} \
                 AND l.objid = {low} AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ))
            .await?;
        Ok(rows.into_iter().find_map(holder))
    }
}

/// The lock's number. Advisory locks are the database's own, so its name, which a pooler may have changed on the way, is
/// not part of it.
fn lock_key(name: &str) -> i64 {
    let hash = blake3::hash(format!("mainstay:{name}").as_bytes());
    let mut key = [0; 8];
    key.copy_from_slice(&hash.as_bytes()[..8]);
    i64::from_be_bytes(key)
}

/// A session of `pg_stat_activity a` as one phrase for people.
const DESCRIPTION: &str = "concat_ws(' ', coalesce(a.usename::text, a.backend_type), \
     'with ' || nullif(a.application_name, ''), 'from ' || coalesce(host(a.client_addr), 'this machine'), \
     'connected since ' || to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS TZ'))";

/// Sessions that may be what a statement waited for when it ran into its `lock_timeout`: those that hold locks on
/// tables (on `relation` only, where it is given) in a transaction older than a second, or sit idle in one. Each
/// description ends with the session's query.
pub async fn blocking(session: &mut dyn Session, relation: Option<&str>) -> Result<Vec<Holder>> {
    let on_relation = match relation {
        Some(relation) => format!("l.relation = to_regclass({})", literal(relation)),
        None => "l.relation >= 16384".to_owned(),
    };
    let rows = session
        .query(&format!(
            "SELECT a.pid, {DESCRIPTION} || ', ' || coalesce(a.state, 'working') || ' for ' \
             || date_trunc('second', clock_timestamp() - coalesce(a.xact_start, a.state_change, a.backend_start)) \
             || ': ' || left(regexp_replace(a.query, '\\s+', ' ', 'g'), 200) \
             FROM pg_stat_activity a WHERE a.pid <> pg_backend_pid() \
             AND (a.state LIKE 'idle in transaction%' OR a.xact_start < clock_timestamp() - interval '1 second') \
             AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.granted AND l.locktype = 'relation' \
             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND {on_relation}) \
             ORDER BY a.xact_start"
        ))
        .await?;
    Ok(rows.into_iter().filter_map(holder).collect())
}

fn holder(row: Row) -> Option<Holder> {
    let mut cells = row.into_iter();
    let pid = cells.next()??.parse().ok()?;
    Some(Holder { pid, description: cells.next()?? })
}
