SELECT 'routine', p.oid, json_build_object(
    'name', json_build_object('schema', n.nspname, 'name', p.proname),
    'kind', CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window' ELSE 'function' END,
    'arguments', pg_get_function_arguments(p.oid),
    'identity', pg_get_function_identity_arguments(p.oid),
    'result', pg_get_function_result(p.oid),
    'language', l.lanname,
    'owner', pg_get_userbyid(p.proowner),
    'security_definer', p.prosecdef,
    'comment', obj_description(p.oid, 'pg_proc')
)
FROM pg_proc p
JOIN space n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
