//! How large tables are.

use crate::inspect::report::{Report, bytes, count, text};

pub(super) const REPORT: Report = Report {
    name: "table-sizes",
    about: "Tables and materialised views by their size: rows, values stored outside of them, indexes",
    advice: "Indexes larger than their table are worth a look: mainstay inspect unused-indexes. Old rows that nobody needs: \
             [cleanup] in mainstay.toml.",
    nothing: "there are no tables",
    needs: None,
    columns: &[text("table"), count("rows"), bytes("total"), bytes("own"), bytes("outside"), bytes("indexes")],
    sql: "
SELECT c.oid::regclass, CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END, pg_total_relation_size(c.oid),
  pg_relation_size(c.oid), COALESCE(pg_total_relation_size(NULLIF(c.reltoastrelid, 0)), 0), pg_indexes_size(c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 3 DESC NULLS LAST, n.nspname, c.relname",
};
