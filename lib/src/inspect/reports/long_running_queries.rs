//! Statements that have been running for long.

use crate::inspect::report::{Report, count, seconds, text};

pub(super) const REPORT: Report = Report {
    name: "long-running-queries",
    about: "Statements and transactions of more than five minutes, the longest first",
    advice: "A long transaction keeps VACUUM from removing what it might still see, in all tables. To stop the statement: \
             SELECT pg_cancel_backend(PID). A limit for a role: ALTER ROLE … SET statement_timeout = '5min'.",
    nothing: "nothing has been running for five minutes",
    needs: None,
    columns: &[
        count("pid"),
        text("role"),
        text("program"),
        text("state"),
        seconds("statement"),
        seconds("transaction"),
        text("query"),
    ],
    sql: "
SELECT pid, usename, application_name, state,
  CASE WHEN state = 'active' THEN round(EXTRACT(EPOCH FROM now() - query_start)::numeric, 1) END,
  round(EXTRACT(EPOCH FROM now() - xact_start)::numeric, 1),
  NULLIF(regexp_replace(query, '\\s+', ' ', 'g'), '')
FROM pg_catalog.pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'
  AND COALESCE(xact_start, query_start) < now() - interval '5 minutes'
ORDER BY COALESCE(xact_start, query_start)",
};
