//! This version of PostgreSQL gets no more corrections.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "version-support",
    severity: Severity::Error,
    title: "this version of PostgreSQL gets no more corrections",
    why: "Holes and faults that are found from now on stay. Sources: the versioning policy on postgresql.org.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT 'PostgreSQL ' || current_setting('server_version'), 'the last corrections were of ' || ended, 'install a newer major version, and bring the cluster to it with pg_upgrade'
FROM (VALUES (130000, date '2025-11-13'), (140000, '2026-11-12'), (150000, '2027-11-11'), (160000, '2028-11-09'), (170000, '2029-11-08'),
  (180000, '2030-11-14')) AS v(major, ended)
WHERE major = current_setting('server_version_num')::int / 10000 * 10000 AND ended < now()",
    example: &[],
};
