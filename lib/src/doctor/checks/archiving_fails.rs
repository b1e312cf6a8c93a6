//! The log cannot be archived.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "archiving-fails",
    severity: Severity::Error,
    title: "the log cannot be archived",
    why: "It is kept until the disk is full, and a restore to a moment ends where the archive does.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT COALESCE(NULLIF(current_setting('archive_command'), ''), 'archive_mode'), failed_count || ' failures, the last with ' || last_failed_wal,
  'the server''s log says why; then mend archive_command'
FROM pg_catalog.pg_stat_archiver WHERE last_failed_time > COALESCE(last_archived_time, '-infinity')",
    example: &[],
};
