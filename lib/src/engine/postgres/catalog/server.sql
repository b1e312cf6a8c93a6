SELECT 'server', s.oid, json_build_object(
    'name', s.srvname,
    'wrapper', w.fdwname,
    'server_type', s.srvtype,
    'version', s.srvversion,
    'options', coalesce(s.srvoptions, '{}'),
    'owner', pg_get_userbyid(s.srvowner),
    'comment', obj_description(s.oid, 'pg_foreign_server')
)
FROM pg_foreign_server s
JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_foreign_server'::regclass AND m.objid = s.oid)
