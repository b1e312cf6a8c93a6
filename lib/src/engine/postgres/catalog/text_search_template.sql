SELECT 'text_search_template', t.oid, json_build_object(
    'name', json_build_object('schema', n.nspname, 'name', t.tmplname),
    'settings', array_remove(ARRAY['INIT = ' || nullif(t.tmplinit::text, '-'), 'LEXIZE = ' || t.tmpllexize], NULL),
    'comment', obj_description(t.oid, 'pg_ts_template')
)
FROM pg_ts_template t
JOIN space n ON n.oid = t.tmplnamespace
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_ts_template'::regclass AND m.objid = t.oid)
