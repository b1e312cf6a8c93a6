//! Nearly all connections are taken.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "connections-near-limit",
    severity: Severity::Warning,
    title: "nearly all connections are taken",
    why: "The next one is refused: `too many clients`. Two to four connections for each processor do as much as two \
             hundred, so the pools of the services are the first place to look.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
WITH places AS (SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS free),
taken AS (SELECT usename, count(*) AS n FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() GROUP BY usename)
SELECT 'max_connections', sum(n) || ' of ' || free || ' are taken: ' || string_agg(usename || ' ' || n, ', ' ORDER BY n DESC, usename),
  'smaller pools: together at most ' || GREATEST(free * 7 / 10, 1) || ' connections; or ALTER SYSTEM SET max_connections = '
    || 2 * current_setting('max_connections')::int || ' and a restart'
FROM taken, places GROUP BY free HAVING sum(n) >= 0.8 * free",
    example: &[],
};
