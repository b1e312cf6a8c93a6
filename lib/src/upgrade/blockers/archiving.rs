//! The log is archived.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "archiving",
    severity: Severity::Note,
    title: "the log is archived",
    why: "The archive of the old version does not go on with the new one: begin a new one with a new base backup.",
    old_before: None,
    new_from: None,
    look: Look::Cluster(
        "
SELECT 'archive_mode', pg_catalog.current_setting('archive_mode'), 'tell the archive of the new version afterwards, and take a base backup'
WHERE pg_catalog.current_setting('archive_mode') <> 'off'",
    ),
    example: &[],
};
