SELECT 'access_method', a.oid, json_build_object(
    'name', a.amname,
    'indexes', a.amtype = 'i',
    'handler', a.amhandler::text,
    'comment', obj_description(a.oid, 'pg_am')
)
FROM pg_am a
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_am'::regclass AND m.objid = a.oid)
  AND a.oid >= 16384
