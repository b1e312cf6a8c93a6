//! A restore has kept the database that was there before.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "kept-database",
    severity: Severity::Note,
    title: "a restore has kept the database that was there before",
    why: "It takes room until somebody drops it.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT datname, CASE WHEN has_database_privilege(oid, 'CONNECT') THEN pg_size_pretty(pg_database_size(oid)) ELSE 'of a size that this role does not see' END,
  'when all is well: DROP DATABASE ' || quote_ident(datname)
FROM pg_catalog.pg_database WHERE datname ~ '_before_[0-9]{8}T[0-9]{6}Z$' ORDER BY datname",
    example: &[],
};
