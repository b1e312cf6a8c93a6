//! Statements that take the most time in all.

use crate::inspect::report::{Report, count, percent, seconds, text};

pub(super) const REPORT: Report = Report {
    name: "outliers",
    about: "Statements by the time that they have taken in all",
    advice: "The first ones are worth an EXPLAIN (ANALYZE, BUFFERS): mainstay sql --write -c 'EXPLAIN …'. Counted since \
             SELECT pg_stat_statements_reset().",
    nothing: "no statement was counted yet",
    needs: Some("pg_stat_statements"),
    columns: &[seconds("total"), percent("share"), count("calls"), seconds("mean"), count("rows"), text("query")],
    sql: "
SELECT round((total_exec_time / 1000)::numeric, 3), round((100 * total_exec_time / NULLIF(sum(total_exec_time) OVER (), 0))::numeric, 1),
  calls, round((mean_exec_time / 1000)::numeric, 6), rows, regexp_replace(query, '\\s+', ' ', 'g')
FROM $EXTENSION.pg_stat_statements WHERE dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
ORDER BY total_exec_time DESC LIMIT 20",
};
