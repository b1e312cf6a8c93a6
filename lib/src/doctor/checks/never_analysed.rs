//! A table has rows, and the planner knows nothing of them.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "never-analysed",
    severity: Severity::Warning,
    title: "a table has rows, and the planner knows nothing of them",
    why: "Without statistics it guesses, and joins come out a thousand times too slow. It comes with a restore or an \
             upgrade without ANALYZE.",
    since: 0,
    seen_by: SeenBy::Superuser,
    sql: "
SELECT c.oid::regclass, pg_size_pretty(pg_relation_size(c.oid)) || ', and was never analysed', 'ANALYZE ' || c.oid::regclass
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND pg_relation_size(c.oid) > 1000000
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_statistic s WHERE s.starelid = c.oid)
ORDER BY pg_relation_size(c.oid) DESC, 1",
    example: &["CREATE TABLE logs (line text) WITH (autovacuum_enabled = false)", "INSERT INTO logs SELECT repeat('x', 200) FROM generate_series(1, 9000)"],
};
