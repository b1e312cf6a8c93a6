//! An index is not valid: no query uses it, and every write pays for it.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "invalid-index",
    severity: Severity::Warning,
    title: "an index is not valid: no query uses it, and every write pays for it",
    why: "CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY has failed. A unique one does not keep doubles out.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT i.indexrelid::regclass, 'on ' || i.indrelid::regclass,
  CASE WHEN c.relname ~ '_ccnew\\d*$' OR c.relname ~ '_ccold\\d*$' THEN 'DROP INDEX CONCURRENTLY ' ELSE 'REINDEX INDEX CONCURRENTLY ' END || i.indexrelid::regclass
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE NOT i.indisvalid AND c.relkind = 'i' AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
ORDER BY 1",
    example: &["CREATE TABLE parts (id int)", "CREATE INDEX parts_id ON parts (id)", "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'parts_id'::regclass"],
};
