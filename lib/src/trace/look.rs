//! One look at what a session holds.

use crate::engine::{Row, Session};
use crate::error::Result;
use crate::plan::LockMode;

use super::relations::{OF_USERS, Oid, Relation};

/// The relations that a session holds locks on.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    /// By number.
    pub held: Vec<Held>,
}

/// A relation that is locked.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub oid: Oid,
    /// The strongest mode.
    pub mode: LockMode,
    /// How often this session has read it from end to end, since the server last took the count away.
    pub scans: u64,
    /// How many rows this session's transaction has deleted from it.
    pub deleted: u64,
    /// What it is now; `None` once it is dropped.
    pub now: Option<Relation>,
}

impl Look {
    /// What `session` itself holds; inside a transaction.
    pub(super) async fn take(session: &mut dyn Session) -> Result<Self> {
        Self::of(session, "l.pid = pg_catalog.pg_backend_pid()").await
    }

    /// What the sessions hold for which `whose` is true, a condition on `l.pid`.
    pub(super) async fn of(session: &mut dyn Session, whose: &str) -> Result<Self> {
        // A relation that is gone has no schema to be told by; the caller knows whether it knew it.
        let sql = format!(
            "SELECT l.relation, l.mode, COALESCE(s.seq_scan, 0), COALESCE(s.n_tup_del, 0), n.nspname, c.relname, c.relkind, c.relfilenode, i.indrelid \
             FROM pg_catalog.pg_locks l \
             LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation \
             LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid \
             LEFT JOIN pg_catalog.pg_stat_xact_all_tables s ON s.relid = l.relation \
             WHERE l.locktype = 'relation' AND l.granted AND {whose} \
               AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) \
               AND (c.oid IS NULL OR ({OF_USERS})) \
             ORDER BY l.relation"
        );
        let mut look = Self::default();
        for held in session.query(&sql).await?.iter().filter_map(held) {
            look.add(held);
        }
        Ok(look)
    }

    /// Keeps the strongest mode of each relation.
    pub(super) fn add(&mut self, held: Held) {
        match self.held.iter_mut().find(|one| one.oid == held.oid) {
            Some(one) => {
                one.mode = one.mode.max(held.mode);
                one.now = one.now.take().or(held.now);
            }
            None => self.held.push(held),
        }
    }

    /// How strongly the relation was locked.
    pub(super) fn mode(&self, oid: Oid) -> Option<LockMode> {
        self.held.iter().find(|one| one.oid == oid).map(|one| one.mode)
    }

    /// How many of its rows had been deleted.
    pub(super) fn deleted(&self, oid: Oid) -> u64 {
        self.held.iter().find(|one| one.oid == oid).map_or(0, |one| one.deleted)
    }

    /// How often it had been read.
    pub(super) fn scans(&self, oid: Oid) -> u64 {
        self.held.iter().find(|one| one.oid == oid).map_or(0, |one| one.scans)
    }
}

fn held(row: &Row) -> Option<Held> {
    let [Some(oid), Some(mode), Some(scans), Some(deleted), cells @ ..] = row.as_slice() else { return None };
    Some(Held {
        oid: oid.parse().ok()?,
        mode: LockMode::of_server(mode)?,
        scans: scans.parse().unwrap_or(0),
        deleted: deleted.parse().unwrap_or(0),
        now: Relation::of(cells),
    })
}
