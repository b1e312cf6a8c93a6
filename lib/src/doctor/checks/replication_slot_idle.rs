//! A replication slot is not read by anybody.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "replication-slot-idle",
    severity: Severity::Warning,
    title: "a replication slot is not read by anybody",
    why: "It keeps the log until the disk is full, and old rows from being removed.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT slot_name, 'keeps ' || COALESCE(pg_size_pretty(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, restart_lsn)), 'no log yet'),
  'SELECT pg_drop_replication_slot(' || quote_literal(slot_name) || ')'
FROM pg_catalog.pg_replication_slots WHERE NOT active ORDER BY slot_name",
    example: &[],
};
