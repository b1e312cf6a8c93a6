//! A sequence nears its end, or that of its column.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "sequence-end",
    severity: Severity::Error,
    title: "a sequence nears its end, or that of its column",
    why: "Behind the last number every INSERT fails. An integer column ends at 2,147,483,647 however far its sequence \
             goes.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT s.seqrelid::regclass, last || ' of ' || bound || ' (' || round(100.0 * (last - s.seqstart) / (bound - s.seqstart), 1) || '%)',
  CASE WHEN a.attnum IS NULL OR a.atttypid = 20 THEN 'ALTER SEQUENCE ' || s.seqrelid::regclass || ' AS bigint NO MAXVALUE'
    ELSE 'ALTER TABLE ' || d.refobjid::regclass || ' ALTER COLUMN ' || quote_ident(a.attname) || ' TYPE bigint'
      || CASE WHEN s.seqmax < 9223372036854775807 AND d.deptype = 'a' THEN '; ALTER SEQUENCE ' || s.seqrelid::regclass || ' AS bigint NO MAXVALUE' ELSE '' END END
FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = s.seqrelid
  AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid,
LATERAL (SELECT CASE WHEN has_sequence_privilege(s.seqrelid, 'USAGE, SELECT') THEN pg_sequence_last_value(s.seqrelid) END) AS l(last),
LATERAL (SELECT LEAST(s.seqmax, CASE a.atttypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 END)) AS e(bound)
WHERE n.nspname !~ '^pg_' AND NOT s.seqcycle AND s.seqincrement > 0 AND bound > s.seqstart AND last - s.seqstart > 0.75 * (bound - s.seqstart)
ORDER BY (last - s.seqstart)::numeric / (bound - s.seqstart) DESC, 1",
    example: &["CREATE TABLE tickets (id serial PRIMARY KEY)", "SELECT setval('tickets_id_seq', 2000000000)"],
};
