//! A database was left half dropped.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "invalid-database",
    severity: Severity::Warning,
    title: "a database was left half dropped",
    why: "Nobody can connect to it, it takes room, and pg_upgrade stops at it.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT datname, 'DROP DATABASE was broken off', 'DROP DATABASE ' || quote_ident(datname) FROM pg_catalog.pg_database WHERE datconnlimit = -2 ORDER BY datname",
    example: &[],
};
