//! Lines of the server's files that would stop it.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "settings-file",
    severity: Severity::Error,
    title: "the server would not start with its files as they are",
    why: "A line that cannot be read, or a value that does not fit, is passed over while the server runs; at the next \
             start it ends it.",
    since: 0,
    seen_by: SeenBy::Superuser,
    // One that only waits for a restart has an error here too.
    sql: "
SELECT sourcefile || ':' || sourceline, COALESCE(name || ': ', '') || error,
  CASE WHEN sourcefile LIKE '%postgresql.auto.conf' AND name IS NOT NULL THEN 'ALTER SYSTEM RESET ' || name ELSE 'mend the line, then SELECT pg_reload_conf()' END
FROM pg_catalog.pg_file_settings f
WHERE error IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_settings s WHERE s.name = f.name AND s.pending_restart)
ORDER BY seqno",
    example: &[],
};
