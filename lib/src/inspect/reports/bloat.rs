//! Space that tables and indexes take beyond what their rows need.

use crate::inspect::report::{Report, bytes, percent, text};

pub(super) const REPORT: Report = Report {
    name: "bloat",
    about: "Tables and B-trees that take more room than their rows need, estimated from statistics",
    advice: "An estimate, within some ten percent where ANALYZE is recent. Half of a large table is worth \
             VACUUM (and, with everybody locked out, VACUUM FULL); an index is made anew with REINDEX INDEX CONCURRENTLY.",
    nothing: "nothing takes much more room than its rows need",
    needs: None,
    columns: &[text("object"), text("kind"), bytes("size"), bytes("bloat"), percent("share")],
    // A page has 24 bytes of header; a row 4 of pointer and 24 of header with its bitmap of nulls, aligned to 8. An index's row has
    // 4 of pointer and 8 of header, its page 16 more for the tree, and pages are filled to 90%. Sources: storage-page-layout and
    // btree in PostgreSQL's manual. A B-tree that is filled in no order is two thirds full by nature.
    sql: "
WITH widths AS (
  SELECT a.attrelid, a.attnum, COALESCE(s.avg_width, t.avg_width) * (1 - COALESCE(s.null_frac, t.null_frac)) AS width
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND NOT s.inherited
  LEFT JOIN pg_catalog.pg_stats t ON t.schemaname = n.nspname AND t.tablename = c.relname AND t.attname = a.attname AND t.inherited
  WHERE c.relkind IN ('r', 'm', 'i') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'),
tables AS (
  SELECT c.oid, 'table' AS kind, pg_relation_size(c.oid) AS size,
    ceil(c.reltuples * (4 + 8 * ceil((24 + sum(w.width)) / 8))
      / ((8192 - 24) * COALESCE((SELECT option_value::int FROM pg_options_to_table(c.reloptions) WHERE option_name = 'fillfactor'), 100) / 100.0)) * 8192 AS needs
  FROM pg_catalog.pg_class c JOIN widths w ON w.attrelid = c.oid
  WHERE c.relkind IN ('r', 'm') AND c.reltuples > 0 GROUP BY c.oid, c.reltuples, c.reloptions HAVING bool_and(w.width IS NOT NULL)),
trees AS (
  SELECT i.indexrelid, 'index', pg_relation_size(i.indexrelid),
    8192 + ceil(c.reltuples * (4 + 8 * ceil((8 + sum(w.width)) / 8))
      / ((8192 - 40) * COALESCE((SELECT option_value::int FROM pg_options_to_table(c.reloptions) WHERE option_name = 'fillfactor'), 90) / 100.0)) * 8192
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i'
  JOIN pg_catalog.pg_am m ON m.oid = c.relam AND m.amname = 'btree' CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
  LEFT JOIN widths w ON w.attrelid = CASE WHEN k.attnum = 0 THEN i.indexrelid ELSE i.indrelid END
    AND w.attnum = CASE WHEN k.attnum = 0 THEN k.place ELSE k.attnum END
  WHERE c.reltuples > 0 GROUP BY i.indexrelid, c.reltuples, c.reloptions HAVING bool_and(w.width IS NOT NULL)),
both_kinds AS (SELECT * FROM tables UNION ALL SELECT * FROM trees)
SELECT oid::regclass, kind, size, (size - needs)::bigint, round((100 * (size - needs) / size)::numeric, 1)
FROM both_kinds WHERE size > 10 * 8192 AND size - needs > CASE kind WHEN 'table' THEN 0.2 ELSE 0.5 END * size ORDER BY size - needs DESC, oid",
};
