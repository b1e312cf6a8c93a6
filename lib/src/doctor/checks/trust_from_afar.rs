//! Somebody may log in from another machine without a password.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "trust-from-afar",
    severity: Severity::Error,
    title: "somebody may log in from another machine without a password",
    why: "pg_hba.conf has `trust` for addresses beyond this machine.",
    since: 0,
    seen_by: SeenBy::Superuser,
    sql: "
SELECT 'pg_hba.conf:' || line_number, concat_ws(' ', type, array_to_string(database, ','), array_to_string(user_name, ','), address, netmask, auth_method),
  'write scram-sha-256 there, then SELECT pg_reload_conf()'
FROM pg_catalog.pg_hba_file_rules
WHERE auth_method = 'trust' AND type <> 'local' AND address NOT IN ('127.0.0.1', '::1', 'localhost', 'samehost') ORDER BY line_number",
    example: &[],
};
