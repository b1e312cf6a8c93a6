//! A prepared transaction waits for its end.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "prepared-transaction",
    severity: Severity::Warning,
    title: "a prepared transaction waits for its end",
    why: "It keeps its locks, and old rows from being removed, whatever happens to the server. Only programs with a \
             transaction manager leave some for a moment.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT gid, 'since ' || to_char(prepared AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC, by ' || owner || ' in ' || database, 'ROLLBACK PREPARED ' || quote_literal(gid)
FROM pg_catalog.pg_prepared_xacts ORDER BY prepared, gid",
    example: &[],
};
