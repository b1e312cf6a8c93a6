//! The library that sorts the database's text has changed.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "database-collation",
    severity: Severity::Warning,
    title: "the library that sorts the database's text has changed",
    why: "Every index on text may be in another order by now: rows are not found, and unique indexes let doubles in.",
    since: 150000,
    seen_by: SeenBy::All,
    sql: "
SELECT datname, 'made with ' || datcollversion || ', and the library is ' || pg_database_collation_actual_version(oid),
  'REINDEX DATABASE ' || quote_ident(datname) || '; ALTER DATABASE ' || quote_ident(datname) || ' REFRESH COLLATION VERSION'
FROM pg_catalog.pg_database WHERE datname = current_database() AND datcollversion <> pg_database_collation_actual_version(oid)",
    example: &[],
};
