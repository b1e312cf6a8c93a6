//! The library that sorts text has changed under a collation.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "collation-version",
    severity: Severity::Warning,
    title: "the library that sorts text has changed under a collation",
    why: "Indexes on text were built in another order: rows are not found, and unique indexes let doubles in. It comes \
             with an upgrade of the system, or a backup of files moved to another one.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT c.oid::regcollation::text, 'made with ' || c.collversion || ', and the library is ' || pg_collation_actual_version(c.oid),
  'REINDEX DATABASE ' || quote_ident(current_database()) || '; ALTER COLLATION ' || c.oid::regcollation || ' REFRESH VERSION'
FROM pg_catalog.pg_collation c
WHERE CASE WHEN c.oid >= 16384 OR c.oid IN (SELECT a.attcollation FROM pg_catalog.pg_attribute a WHERE a.attrelid >= 16384)
  THEN c.collversion <> pg_collation_actual_version(c.oid) END
ORDER BY 1",
    example: &["CREATE COLLATION german (provider = icu, locale = 'de')", "UPDATE pg_collation SET collversion = '1' WHERE collname = 'german'"],
};
