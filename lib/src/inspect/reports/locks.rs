//! Locks that stop somebody.

use crate::inspect::report::{Report, count, seconds, text};

pub(super) const REPORT: Report = Report {
    name: "locks",
    about: "Locks on tables that others may have to wait for, and those that somebody waits for",
    advice: "AccessExclusiveLock stops even readers. A lock is held until its transaction ends, so a long `transaction` is \
             what to look at. Who waits for whom: mainstay inspect blocking.",
    nothing: "no lock on a table is strong enough to stop a reader or a writer",
    needs: None,
    columns: &[
        count("pid"),
        text("table"),
        text("mode"),
        text("granted"),
        text("role"),
        text("state"),
        seconds("transaction"),
        text("query"),
    ],
    sql: "
SELECT l.pid, COALESCE(l.relation::regclass::text, l.locktype), l.mode, CASE WHEN l.granted THEN 'yes' ELSE 'waits' END,
  a.usename, a.state, round(EXTRACT(EPOCH FROM now() - a.xact_start)::numeric, 1),
  NULLIF(regexp_replace(a.query, '\\s+', ' ', 'g'), '')
FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a USING (pid)
WHERE l.pid <> pg_backend_pid() AND (l.database IS NULL OR l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
  AND (NOT l.granted OR l.locktype = 'relation'
    AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))
ORDER BY l.granted, a.xact_start NULLS LAST, l.pid, 2",
};
