//! How far sequences are from their end.

use crate::inspect::report::{Report, count, percent, text};

pub(super) const REPORT: Report = Report {
    name: "sequences",
    about: "Sequences by how much of their range, or of the column that they fill, is used",
    advice: "At 100% every INSERT fails. A column of type integer ends at 2,147,483,647: above 50%, plan its change to bigint \
             (mainstay migrate lint says what that locks).",
    nothing: "there are no sequences",
    needs: None,
    columns: &[text("sequence"), text("column"), text("type"), count("last"), count("end"), percent("used")],
    sql: "
SELECT s.seqrelid::regclass, d.refobjid::regclass || '.' || quote_ident(a.attname), format_type(COALESCE(a.atttypid, s.seqtypid), NULL),
  last, bound, round(100.0 * GREATEST(last - s.seqstart, 0) / NULLIF(bound - s.seqstart, 0), 2)
FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = s.seqrelid
  AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid,
LATERAL (SELECT CASE WHEN has_sequence_privilege(s.seqrelid, 'USAGE, SELECT') THEN pg_sequence_last_value(s.seqrelid) END) AS l(last),
LATERAL (SELECT CASE WHEN s.seqincrement < 0 THEN s.seqmin ELSE LEAST(s.seqmax,
  CASE a.atttypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 END) END) AS e(bound)
WHERE n.nspname !~ '^pg_' AND NOT s.seqcycle
ORDER BY 6 DESC NULLS LAST, n.nspname, c.relname",
};
