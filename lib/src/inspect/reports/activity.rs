//! Who is connected, and what each is doing.

use crate::inspect::report::{Report, count, seconds, text};

pub(super) const REPORT: Report = Report {
    name: "activity",
    about: "Sessions of this database: what each is doing, and for how long",
    advice: "`idle in transaction` for minutes keeps locks and stops VACUUM: mend the program, or set \
             idle_in_transaction_session_timeout. To end a statement or a session: SELECT pg_cancel_backend(PID), \
             SELECT pg_terminate_backend(PID).",
    nothing: "nobody else is connected to this database",
    needs: None,
    columns: &[
        count("pid"),
        text("role"),
        text("program"),
        text("client"),
        text("state"),
        seconds("for"),
        seconds("transaction"),
        text("waits_for"),
        text("query"),
    ],
    sql: "
SELECT pid, usename, application_name, COALESCE(host(client_addr), CASE WHEN backend_type = 'client backend' THEN 'socket' END),
  COALESCE(state, backend_type),
  round(EXTRACT(EPOCH FROM now() - COALESCE(state_change, backend_start))::numeric, 1),
  round(EXTRACT(EPOCH FROM now() - xact_start)::numeric, 1),
  CASE WHEN state = 'active' THEN wait_event_type || ': ' || wait_event END,
  NULLIF(regexp_replace(query, '\\s+', ' ', 'g'), '')
FROM pg_catalog.pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
ORDER BY state = 'active' DESC NULLS LAST, xact_start NULLS LAST, pid",
};
