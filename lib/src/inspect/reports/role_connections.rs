//! How many connections there are, against the limits.

use crate::inspect::report::{Report, count, percent, text};

pub(super) const REPORT: Report = Report {
    name: "role-connections",
    about: "Connections of each role and in all, against the limits",
    advice: "Above 80% of the server's limit the next peak is refused. A smaller pool in the service is nearly always right \
             (two to four connections for each processor work as fast as two hundred); else raise max_connections, which wants a restart.",
    nothing: "nobody is connected",
    needs: None,
    columns: &[text("role"), count("connections"), count("active"), count("idle_in_transaction"), count("limit"), percent("used")],
    sql: "
WITH all_there AS (SELECT usename, state FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'),
places AS (SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS free)
SELECT role, connections, active, idle, lim, round(100.0 * connections / NULLIF(lim, 0), 1) FROM (
  SELECT 0 AS place, '(all)' AS role, count(*) AS connections, count(*) FILTER (WHERE state = 'active') AS active,
    count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle, (SELECT free FROM places) AS lim FROM all_there
  UNION ALL
  SELECT 1, a.usename, count(*), count(*) FILTER (WHERE a.state = 'active'), count(*) FILTER (WHERE a.state LIKE 'idle in transaction%'),
    CASE WHEN min(r.rolconnlimit) >= 0 THEN min(r.rolconnlimit) END
  FROM all_there a LEFT JOIN pg_catalog.pg_roles r ON r.rolname = a.usename GROUP BY a.usename) AS s
ORDER BY place, connections DESC, role",
};
