//! Indexes that nobody has used.

use crate::inspect::report::{Report, bytes, count, text};

pub(super) const REPORT: Report = Report {
    name: "unused-indexes",
    about: "Indexes that no statement has used since statistics were last reset, and that enforce nothing",
    advice: "Every write pays for them. Look how long has been counted (`since`), and whether a standby uses them, before \
             DROP INDEX CONCURRENTLY.",
    nothing: "every index was used, or enforces something",
    needs: None,
    columns: &[text("index"), text("table"), bytes("size"), count("scans"), count("rows_written"), text("since")],
    sql: "
SELECT i.indexrelid::regclass, i.indrelid::regclass, pg_relation_size(i.indexrelid), s.idx_scan,
  t.n_tup_ins + t.n_tup_upd + t.n_tup_del,
  (SELECT to_char(stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM pg_catalog.pg_stat_database WHERE datname = current_database())
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_stat_user_indexes s ON s.indexrelid = i.indexrelid
JOIN pg_catalog.pg_stat_user_tables t ON t.relid = i.indrelid
WHERE s.idx_scan = 0 AND NOT i.indisunique AND NOT i.indisexclusion AND i.indisvalid
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = i.indexrelid)
ORDER BY 3 DESC, s.schemaname, s.indexrelname",
};
