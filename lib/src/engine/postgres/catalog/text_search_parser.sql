SELECT 'text_search_parser', p.oid, json_build_object(
    'name', json_build_object('schema', n.nspname, 'name', p.prsname),
    'settings', array_remove(ARRAY[
        'START = ' || p.prsstart, 'GETTOKEN = ' || p.prstoken, 'END = ' || p.prsend,
        'HEADLINE = ' || nullif(p.prsheadline::text, '-'), 'LEXTYPES = ' || p.prslextype
    ], NULL),
    'comment', obj_description(p.oid, 'pg_ts_parser')
)
FROM pg_ts_parser p
JOIN space n ON n.oid = p.prsnamespace
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_ts_parser'::regclass AND m.objid = p.oid)
