-- Like columns, sequences are lists of values in the order of the model's fields: a database may have as many as tables.
SELECT 'sequence', c.oid, json_build_array(
    json_build_array(c.nspname, c.relname),
    pg_get_userbyid(c.relowner),
    format_type(s.seqtypid, NULL),
    s.seqstart,
    s.seqincrement,
    s.seqmin,
    s.seqmax,
    s.seqcache,
    s.seqcycle,
    c.relpersistence = 'u',
    CASE WHEN t.oid IS NOT NULL THEN json_build_array(
        json_build_array(tn.nspname, t.relname),
        (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = d.refobjid AND a.attnum = d.refobjsubid)
    ) END,
    coalesce(d.deptype = 'i', false),
    NULL, -- its position is asked for elsewhere
    m.description
)
FROM rel c
JOIN pg_sequence s ON s.seqrelid = c.oid
LEFT JOIN pg_depend d
  ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
 AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_class t ON t.oid = d.refobjid
LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_description m ON m.objoid = c.oid AND m.classoid = 'pg_class'::regclass AND m.objsubid = 0
