//! A standby streams from this server.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "standby",
    severity: Severity::Error,
    title: "a standby streams from this server",
    why: "It cannot follow over a major version: once this one is upgraded it stands still with the old data.",
    old_before: None,
    new_from: None,
    look: Look::Cluster(
        "
SELECT coalesce(nullif(application_name, ''), 'a standby'), 'streams from ' || coalesce(client_addr::text, 'the socket') || ' since ' || backend_start,
  'stop it, and make it anew with pg_basebackup afterwards'
FROM pg_catalog.pg_stat_replication WHERE application_name NOT LIKE 'pg_basebackup%' AND state NOT IN ('backup') ORDER BY 1",
    ),
    example: &[],
};
