//! Autovacuum does not work.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "autovacuum-off",
    severity: Severity::Warning,
    title: "autovacuum does not work",
    why: "Dead rows and old statistics pile up, and the counter of transactions runs towards its end. If it is in the way, \
             it wants other limits and not to be off.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT name, 'off', 'ALTER SYSTEM RESET ' || name || '; SELECT pg_reload_conf()' FROM pg_catalog.pg_settings
WHERE name IN ('autovacuum', 'track_counts') AND setting = 'off'
UNION ALL
SELECT c.oid::regclass::text, 'off for this table', 'ALTER TABLE ' || c.oid::regclass || ' RESET (autovacuum_enabled)'
FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'm') AND c.oid >= 16384
  AND EXISTS (SELECT FROM pg_options_to_table(c.reloptions) WHERE option_name = 'autovacuum_enabled' AND option_value IN ('false', 'off', 'no', '0'))
ORDER BY 1",
    example: &["CREATE TABLE jobs (id int) WITH (autovacuum_enabled = false)"],
};
