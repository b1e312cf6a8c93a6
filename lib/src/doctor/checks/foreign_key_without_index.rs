//! Rows are deleted slowly: a foreign key has no index on the columns that refer.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "foreign-key-without-index",
    severity: Severity::Warning,
    title: "rows are deleted slowly: a foreign key has no index on the columns that refer",
    why: "For each row that is deleted or whose key is changed in the table referred to, all rows of the other one are \
             read.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT k.conrelid::regclass || '.' || k.conname, 'refers to ' || k.confrelid::regclass || ', and has about ' || c.reltuples::bigint || ' rows',
  'CREATE INDEX CONCURRENTLY ON ' || k.conrelid::regclass || ' ('
    || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY u.place) FROM unnest(k.conkey) WITH ORDINALITY AS u(attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum) || ')'
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
WHERE k.contype = 'f' AND k.conparentid = 0 AND c.reltuples > 10000
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL
    AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)
ORDER BY c.reltuples DESC, 1",
    example: &["CREATE TABLE devices (id int PRIMARY KEY)", "CREATE TABLE readings (id serial PRIMARY KEY, device int REFERENCES devices)", "INSERT INTO devices SELECT generate_series(1, 20)", "INSERT INTO readings (device) SELECT n % 20 + 1 FROM generate_series(1, 20000) AS n", "ANALYZE readings"],
};
