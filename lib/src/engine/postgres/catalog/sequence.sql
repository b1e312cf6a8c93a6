SELECT 'sequence', c.oid, json_build_object(
    'name', json_build_object('schema', c.nspname, 'name', c.relname),
    'owner', pg_get_userbyid(c.relowner),
    'data_type', format_type(s.seqtypid, NULL),
    'start', s.seqstart,
    'increment', s.seqincrement,
    'min', s.seqmin,
    'max', s.seqmax,
    'cache', s.seqcache,
    'cycle', s.seqcycle,
    'unlogged', c.relpersistence = 'u',
    'owned_by', CASE WHEN t.oid IS NOT NULL THEN json_build_object(
        'table', json_build_object('schema', tn.nspname, 'name', t.relname),
        'column', (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = d.refobjid AND a.attnum = d.refobjsubid)
    ) END,
    'identity', coalesce(d.deptype = 'i', false),
    'comment', m.description
)
FROM rel c
JOIN pg_sequence s ON s.seqrelid = c.oid
LEFT JOIN pg_depend d
  ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
 AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_class t ON t.oid = d.refobjid
LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_description m ON m.objoid = c.oid AND m.classoid = 'pg_class'::regclass AND m.objsubid = 0
