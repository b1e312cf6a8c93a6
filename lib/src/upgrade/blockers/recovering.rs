//! The server is a standby.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "recovering",
    severity: Severity::Error,
    title: "the server is a standby",
    why: "pg_upgrade takes a primary; a standby is made anew from the upgraded one.",
    old_before: None,
    new_from: None,
    look: Look::Cluster(
        "
SELECT 'the server', 'it is in recovery', 'upgrade its primary, or promote it: SELECT pg_promote()'
WHERE pg_catalog.pg_is_in_recovery()",
    ),
    example: &[],
};
