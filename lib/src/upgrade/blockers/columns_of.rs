//! Columns whose type is one of some, or made of one: a domain over it, an array, a row, a range.

/// The query for columns of the types whose oids the query `$wanted` gives.
macro_rules! columns_of {
    ($wanted:literal) => {
        concat!(
            "
WITH RECURSIVE oids AS (
  SELECT oid FROM (",
            $wanted,
            ") AS wanted(oid)
  UNION ALL
  SELECT oid FROM (
    WITH x AS (SELECT oid FROM oids)
    SELECT t.oid FROM pg_catalog.pg_type t, x WHERE t.typbasetype = x.oid AND t.typtype = 'd'
    UNION ALL SELECT t.oid FROM pg_catalog.pg_type t, x WHERE t.typelem = x.oid AND t.typtype = 'b'
    UNION ALL SELECT t.oid FROM pg_catalog.pg_type t, pg_catalog.pg_class c, pg_catalog.pg_attribute a, x
      WHERE t.typtype = 'c' AND t.oid = c.reltype AND c.oid = a.attrelid AND NOT a.attisdropped AND a.atttypid = x.oid
    UNION ALL SELECT t.oid FROM pg_catalog.pg_type t, pg_catalog.pg_range r, x
      WHERE t.typtype = 'r' AND r.rngtypid = t.oid AND r.rngsubtype = x.oid
  ) AS made_of
)
SELECT a.attrelid::regclass || '.' || pg_catalog.quote_ident(a.attname), 'type ' || pg_catalog.format_type(a.atttypid, NULL),
  CASE c.relkind WHEN 'i' THEN 'DROP INDEX ' || c.oid::regclass ELSE 'ALTER TABLE ' || c.oid::regclass || ' ALTER ' || pg_catalog.quote_ident(a.attname) || ' TYPE text, or drop the column' END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT a.attisdropped AND a.atttypid IN (SELECT oid FROM oids) AND c.relkind IN ('r', 'm', 'i')
  AND n.nspname !~ '^pg_temp_|^pg_toast_temp_' AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
        )
    };
}

pub(super) use columns_of;
