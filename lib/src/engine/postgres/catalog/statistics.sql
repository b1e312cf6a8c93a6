SELECT 'statistics', s.oid, json_build_object(
    'name', json_build_object('schema', n.nspname, 'name', s.stxname),
    'table', json_build_object('schema', tn.nspname, 'name', t.relname),
    -- The server prints columns as they stand in the table, which says nothing.
    'definition', coalesce(
        replace(pg_get_statisticsobjdef(s.oid), ' ON ' || k.printed, ' ON ' || k.sorted),
        pg_get_statisticsobjdef(s.oid)
    ),
    'target', nullif(s.stxstattarget, -1),
    'owner', pg_get_userbyid(s.stxowner),
    'comment', obj_description(s.oid, 'pg_statistic_ext')
)
FROM pg_statistic_ext s
JOIN space n ON n.oid = s.stxnamespace
JOIN pg_class t ON t.oid = s.stxrelid
JOIN pg_namespace tn ON tn.oid = t.relnamespace
CROSS JOIN LATERAL (
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS printed,
        string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname) AS sorted
    FROM unnest(s.stxkeys) AS i (attnum)
    JOIN pg_attribute a ON a.attrelid = s.stxrelid AND a.attnum = i.attnum
) k
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_statistic_ext'::regclass AND m.objid = s.oid)
