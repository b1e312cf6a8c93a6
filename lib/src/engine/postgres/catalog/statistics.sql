SELECT 'statistics', s.oid, json_build_object(
    'name', json_build_object('schema', n.nspname, 'name', s.stxname),
    'table', json_build_object('schema', tn.nspname, 'name', t.relname),
    'definition', pg_get_statisticsobjdef(s.oid),
    'target', nullif(s.stxstattarget, -1),
    'owner', pg_get_userbyid(s.stxowner),
    'comment', obj_description(s.oid, 'pg_statistic_ext')
)
FROM pg_statistic_ext s
JOIN space n ON n.oid = s.stxnamespace
JOIN pg_class t ON t.oid = s.stxrelid
JOIN pg_namespace tn ON tn.oid = t.relnamespace
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_statistic_ext'::regclass AND m.objid = s.oid)
