SELECT 'conversion', k.oid, json_build_object(
    'name', json_build_object('schema', n.nspname, 'name', k.conname),
    'source', pg_encoding_to_char(k.conforencoding),
    'target', pg_encoding_to_char(k.contoencoding),
    'function', k.conproc::text,
    'default', k.condefault,
    'owner', pg_get_userbyid(k.conowner),
    'comment', obj_description(k.oid, 'pg_conversion')
)
FROM pg_conversion k
JOIN space n ON n.oid = k.connamespace
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_conversion'::regclass AND m.objid = k.oid)
