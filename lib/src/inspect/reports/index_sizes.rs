//! How large indexes are.

use crate::inspect::report::{Report, bytes, count, text};

pub(super) const REPORT: Report = Report {
    name: "index-sizes",
    about: "Indexes by their size, and how often each was used",
    advice: "What was never used costs every write: mainstay inspect unused-indexes. What is larger than its rows explain is \
             bloated: mainstay inspect bloat.",
    nothing: "there are no indexes",
    needs: None,
    columns: &[text("index"), text("table"), bytes("size"), count("scans"), text("kind")],
    sql: "
SELECT i.indexrelid::regclass, i.indrelid::regclass, pg_relation_size(i.indexrelid), s.idx_scan,
  CASE WHEN i.indisprimary THEN 'primary key' WHEN i.indisunique THEN 'unique' ELSE a.amname END
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_am a ON a.oid = c.relam
LEFT JOIN pg_catalog.pg_stat_all_indexes s ON s.indexrelid = i.indexrelid
WHERE c.relkind = 'i' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 3 DESC, n.nspname, c.relname",
};
