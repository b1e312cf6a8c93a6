SELECT 'language', l.oid, json_build_object(
    'name', l.lanname,
    'trusted', l.lanpltrusted,
    'handler', CASE WHEN l.lanplcallfoid <> 0 THEN l.lanplcallfoid::regproc::text END,
    'inline', CASE WHEN l.laninline <> 0 THEN l.laninline::regproc::text END,
    'validator', CASE WHEN l.lanvalidator <> 0 THEN l.lanvalidator::regproc::text END,
    'owner', pg_get_userbyid(l.lanowner),
    'comment', obj_description(l.oid, 'pg_language')
)
FROM pg_language l
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_language'::regclass AND m.objid = l.oid)
  AND l.oid >= 16384
