//! A constraint was never checked on the rows that are there.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "constraint-not-valid",
    severity: Severity::Note,
    title: "a constraint was never checked on the rows that are there",
    why: "The planner does not rely on it, and rows that break it stop the restore of a dump.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT COALESCE(k.conrelid::regclass::text, k.contypid::regtype::text) || '.' || k.conname, 'NOT VALID',
  CASE WHEN k.contypid <> 0 THEN 'ALTER DOMAIN ' || k.contypid::regtype ELSE 'ALTER TABLE ' || k.conrelid::regclass END || ' VALIDATE CONSTRAINT ' || quote_ident(k.conname)
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace
WHERE NOT k.convalidated AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND COALESCE((to_jsonb(k) ->> 'conenforced')::boolean, true) ORDER BY 1",
    example: &["CREATE TABLE prices (amount int)", "INSERT INTO prices VALUES (1)", "ALTER TABLE prices ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID"],
};
