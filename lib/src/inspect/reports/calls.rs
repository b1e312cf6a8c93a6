//! Statements that are run the most often.

use crate::inspect::report::{Report, count, percent, seconds, text};

pub(super) const REPORT: Report = Report {
    name: "calls",
    about: "Statements by how often they were run",
    advice: "One that runs a thousand times for each request of the service is a loop that a join can replace. Counted since \
             SELECT pg_stat_statements_reset().",
    nothing: "no statement was counted yet",
    needs: Some("pg_stat_statements"),
    columns: &[count("calls"), percent("share"), seconds("total"), seconds("mean"), count("rows"), text("query")],
    sql: "
SELECT calls, round(100 * calls / NULLIF(sum(calls) OVER (), 0), 1), round((total_exec_time / 1000)::numeric, 3),
  round((mean_exec_time / 1000)::numeric, 6), rows, regexp_replace(query, '\\s+', ' ', 'g')
FROM $EXTENSION.pg_stat_statements WHERE dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
ORDER BY calls DESC LIMIT 20",
};
