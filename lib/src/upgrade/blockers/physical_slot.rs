//! A physical replication slot is not carried over.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "physical-slot",
    severity: Severity::Warning,
    title: "a physical replication slot is not carried over",
    why: "Whoever reads from it must be made anew, and the slot with it.",
    old_before: None,
    new_from: None,
    look: Look::Cluster(
        "
SELECT slot_name, CASE WHEN active THEN 'in use' ELSE 'not in use' END, 'afterwards: SELECT pg_create_physical_replication_slot(' || pg_catalog.quote_literal(slot_name) || ')'
FROM pg_catalog.pg_replication_slots WHERE slot_type = 'physical' AND NOT temporary ORDER BY slot_name",
    ),
    example: &["SELECT pg_create_physical_replication_slot('copy')"],
};
