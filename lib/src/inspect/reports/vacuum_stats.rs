//! When tables were last vacuumed, and whether they want it.

use crate::inspect::report::{Report, count, percent, text};

pub(super) const REPORT: Report = Report {
    name: "vacuum-stats",
    about: "Tables by dead rows: when each was vacuumed and analysed, and when autovacuum will come",
    advice: "Far beyond `threshold` and no vacuum for days: autovacuum is off, too slow, or held up by a long transaction \
             (mainstay inspect long-running-queries) or a replication slot (mainstay inspect replication-slots).",
    nothing: "there are no tables",
    needs: None,
    columns: &[
        text("table"),
        count("rows"),
        count("dead"),
        percent("share"),
        count("threshold"),
        text("vacuumed"),
        text("analysed"),
        text("autovacuum"),
    ],
    sql: "
SELECT s.relid::regclass, s.n_live_tup, s.n_dead_tup, round(100.0 * s.n_dead_tup / NULLIF(s.n_live_tup + s.n_dead_tup, 0), 1),
  (COALESCE((SELECT option_value FROM pg_options_to_table(c.reloptions) WHERE option_name = 'autovacuum_vacuum_threshold'),
      current_setting('autovacuum_vacuum_threshold'))::float8
    + COALESCE((SELECT option_value FROM pg_options_to_table(c.reloptions) WHERE option_name = 'autovacuum_vacuum_scale_factor'),
      current_setting('autovacuum_vacuum_scale_factor'))::float8 * GREATEST(c.reltuples, 0))::bigint,
  to_char(GREATEST(s.last_vacuum, s.last_autovacuum) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),
  to_char(GREATEST(s.last_analyze, s.last_autoanalyze) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),
  CASE WHEN current_setting('autovacuum') = 'off' THEN 'off'
    WHEN EXISTS (SELECT FROM pg_options_to_table(c.reloptions) WHERE option_name = 'autovacuum_enabled' AND option_value IN ('false', 'off', 'no', '0'))
    THEN 'off for this table' ELSE 'on' END
FROM pg_catalog.pg_stat_user_tables s JOIN pg_catalog.pg_class c ON c.oid = s.relid
ORDER BY s.n_dead_tup DESC, s.schemaname, s.relname",
};
