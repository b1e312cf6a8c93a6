//! What the server says of a database that is to be cloned.

use crate::conn::PostgresTarget;
use crate::engine::Session;
use crate::error::Result;
use crate::observer::Event;
use crate::scratch::Original;

use super::Subject;

/// What the server says of the database and of what may be done with it.
pub(super) struct Facts {
    pub(super) original: Original,
    pub(super) version: u32,
    /// Bytes of its tables without indexes.
    pub(super) tables: u64,
    /// Where the server keeps its data, where we may know that, the server is on this machine and the database lies there.
    pub(super) data: Option<String>,
    foreign: u64,
}

impl Facts {
    pub(super) async fn ask(session: &mut dyn Session, target: &PostgresTarget) -> Result<Self> {
        // A pooler may know the database by another name.
        let name = session.server().database.clone();
        let original = Original::ask(session, &name).await?;
        let rows = session
            .query(
                "SELECT (SELECT COALESCE(sum(pg_catalog.pg_table_size(c.oid)), 0) FROM pg_catalog.pg_class c \
                     WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'), \
                   CASE WHEN r.rolsuper OR pg_catalog.pg_has_role(SESSION_USER, 'pg_read_all_settings', 'USAGE') \
                     THEN pg_catalog.current_setting('data_directory') END, \
                   (SELECT count(*) FROM pg_catalog.pg_foreign_table) \
                 FROM pg_catalog.pg_roles r WHERE r.rolname = SESSION_USER",
            )
            .await?;
        let text = |at: usize| rows.first().and_then(|row| row.get(at)).cloned().flatten();
        let number = |at: usize| text(at).and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok(Self {
            data: text(1).filter(|_| target.is_on_this_machine() && original.in_data_folder),
            original,
            version: session.server().version_number,
            tables: number(0),
            foreign: number(2),
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
                self.original.bytes / 1_000_000 + 1
            );
            subject.context.observer.event(Event::Notice { severity: "NOTICE", message: &message });
        }
    }
}
