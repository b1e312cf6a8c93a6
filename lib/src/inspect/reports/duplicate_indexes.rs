//! Indexes that others make unnecessary.

use crate::inspect::report::{Report, bytes, text};

pub(super) const REPORT: Report = Report {
    name: "duplicate-indexes",
    about: "Indexes that say the same as another, or the beginning of another B-tree",
    advice: "Drop the one in `index`: DROP INDEX CONCURRENTLY. One that is only the beginning of another is smaller and may be \
             faster for what it serves; dropping it is worth it where the table is written to a lot.",
    nothing: "no index says what another one says",
    needs: None,
    columns: &[text("index"), text("table"), bytes("size"), text("same_as"), text("how")],
    sql: "
WITH own AS (
  SELECT i.indexrelid, i.indrelid, i.indisunique, i.indisprimary, i.indnkeyatts, i.indnatts, c.relam, a.amname, c.relname,
    i.indkey::int2[] AS keys, i.indclass::oid[] AS classes, i.indcollation::oid[] AS collations, i.indoption::int2[] AS options,
    COALESCE(pg_get_expr(i.indpred, i.indrelid), '') AS condition, COALESCE(pg_get_expr(i.indexprs, i.indrelid), '') AS expressions,
    EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) AS enforces
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_am a ON a.oid = c.relam
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'i' AND i.indisvalid AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'),
pairs AS (
  SELECT a.indexrelid, a.indrelid, b.indexrelid AS other, a.keys = b.keys AS equal
  FROM own a JOIN own b ON b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid AND b.relam = a.relam
    AND b.condition = a.condition AND b.expressions = a.expressions
  WHERE NOT a.enforces AND (NOT a.indisunique OR b.indisunique AND b.keys = a.keys)
    AND (b.keys = a.keys AND b.classes = a.classes AND b.collations = a.collations AND b.options = a.options AND b.indnkeyatts = a.indnkeyatts
        AND (b.enforces OR b.indisunique AND NOT a.indisunique OR a.indexrelid > b.indexrelid)
      OR a.amname = 'btree' AND a.expressions = '' AND a.indnatts = a.indnkeyatts AND b.indnkeyatts > a.indnkeyatts
        AND b.keys[0:a.indnkeyatts - 1] = a.keys[0:a.indnkeyatts - 1] AND b.classes[0:a.indnkeyatts - 1] = a.classes[0:a.indnkeyatts - 1]
        AND b.collations[0:a.indnkeyatts - 1] = a.collations[0:a.indnkeyatts - 1] AND b.options[0:a.indnkeyatts - 1] = a.options[0:a.indnkeyatts - 1]))
SELECT DISTINCT ON (pg_relation_size(indexrelid), indexrelid) indexrelid::regclass, indrelid::regclass, pg_relation_size(indexrelid),
  other::regclass, CASE WHEN equal THEN 'the same' ELSE 'the beginning' END
FROM pairs ORDER BY pg_relation_size(indexrelid) DESC, indexrelid, equal DESC, other",
};
