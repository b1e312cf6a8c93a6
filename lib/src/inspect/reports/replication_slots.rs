//! What keeps the log from being removed.

use crate::inspect::report::{Report, bytes, text};

pub(super) const REPORT: Report = Report {
    name: "replication-slots",
    about: "Replication slots, and how much log each keeps",
    advice: "A slot that nobody reads keeps log until the disk is full, and VACUUM from its work: \
             SELECT pg_drop_replication_slot('NAME'). A limit: max_slot_wal_keep_size.",
    nothing: "there are no replication slots",
    needs: None,
    columns: &[text("slot"), text("kind"), text("database"), text("active"), bytes("log_kept"), text("state")],
    sql: "
SELECT slot_name, slot_type || COALESCE(': ' || plugin, ''), database, CASE WHEN active THEN 'yes' ELSE 'no' END,
  pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, restart_lsn)::bigint, wal_status
FROM pg_catalog.pg_replication_slots ORDER BY 5 DESC NULLS LAST, slot_name",
};
