//! A logical replication slot would be lost.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "logical-slot",
    severity: Severity::Error,
    title: "a logical replication slot would be lost",
    why: "Slots are carried over from 17 on only; a subscriber that goes on afterwards misses what was changed meanwhile.",
    old_before: Some(17),
    new_from: None,
    look: Look::Cluster(
        "
SELECT slot_name, 'plugin ' || plugin || ', database ' || database || CASE WHEN active THEN ', in use' ELSE ', not in use' END,
  'let its reader catch up, then: SELECT pg_drop_replication_slot(' || pg_catalog.quote_literal(slot_name) || ')'
FROM pg_catalog.pg_replication_slots WHERE slot_type = 'logical' ORDER BY slot_name",
    ),
    example: &["SELECT pg_create_logical_replication_slot('reader', 'pgoutput')"],
};
