//! What the server says of a database that is to be cloned.

use crate::conn::{Address, PostgresTarget};
use crate::engine::Session;
use crate::error::Result;
use crate::observer::Event;

use super::Subject;

/// What the server says of the database and of what may be done with it.
pub(super) struct Facts {
    pub(super) version: u32,
    /// The database's bytes, and its tables' without indexes.
    pub(super) bytes: u64,
    pub(super) tables: u64,
    /// Its owner, where we may make another one for it.
    pub(super) owner: Option<String>,
    pub(super) may_create: bool,
    pub(super) may_copy: bool,
    /// Sessions other than ours.
    pub(super) others: u64,
    /// Where the server keeps its data, where we may know that and the server is on this machine.
    pub(super) data: Option<String>,
    foreign: u64,
}

impl Facts {
    pub(super) async fn ask(session: &mut dyn Session, target: &PostgresTarget) -> Result<Self> {
        let rows = session
            .query(
                "SELECT pg_catalog.pg_database_size(d.oid), \
                   (SELECT COALESCE(sum(pg_catalog.pg_table_size(c.oid)), 0) FROM pg_catalog.pg_class c \
                     WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'), \
                   CASE WHEN pg_catalog.pg_has_role(SESSION_USER, d.datdba, 'MEMBER') \
                     THEN pg_catalog.pg_get_userbyid(d.datdba) END, \
                   (r.rolcreatedb OR r.rolsuper)::int, \
                   (d.datistemplate OR r.rolsuper OR pg_catalog.pg_has_role(SESSION_USER, d.datdba, 'USAGE'))::int, \
                   (SELECT count(*) FROM pg_catalog.pg_stat_activity a \
                     WHERE a.datid = d.oid AND a.pid <> pg_catalog.pg_backend_pid() \
                       AND COALESCE(a.backend_type, '') NOT LIKE 'autovacuum%'), \
                   CASE WHEN r.rolsuper OR pg_catalog.pg_has_role(SESSION_USER, 'pg_read_all_settings', 'USAGE') \
                     THEN pg_catalog.current_setting('data_directory') END, \
                   (SELECT count(*) FROM pg_catalog.pg_foreign_table) \
                 FROM pg_catalog.pg_database d, pg_catalog.pg_roles r \
                 WHERE d.datname = pg_catalog.current_database() AND r.rolname = SESSION_USER",
            )
            .await?;
        let text = |at: usize| rows.first().and_then(|row| row.get(at)).cloned().flatten();
        let number = |at: usize| text(at).and_then(|text| text.parse().ok()).unwrap_or(0);
        // Behind a command or a network, a folder of that name would be another machine's.
        let local = target.via.is_none() && target.hosts.iter().all(|host| matches!(host.address, Address::Socket(_)));
        Ok(Self {
            version: session.server().version_number,
            bytes: number(0),
            tables: number(1),
            owner: text(2),
            may_create: number(3) == 1,
            may_copy: number(4) == 1,
            others: number(5),
            data: text(6).filter(|_| local),
            foreign: number(7),
        })
    }

    /// Says what a clone does not keep from harm, and what of the room for it cannot be known.
    pub(super) fn tell(&self, subject: &Subject<'_>, target: &PostgresTarget) {
        if self.foreign > 0 {
            let message = "the database has foreign tables: what a migration writes into them is written there, also from a clone";
            subject.context.observer.event(Event::Warning { message });
        }
        if self.data.is_none() {
            let message = format!(
                "the clone of {} takes about {} MB; how much room the server has cannot be asked",
                target.dbname,
                self.bytes / 1_000_000 + 1
            );
            subject.context.observer.event(Event::Notice { severity: "NOTICE", message: &message });
        }
    }
}
