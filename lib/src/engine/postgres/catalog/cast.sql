SELECT 'cast', k.oid, json_build_object(
    'source', format_type(k.castsource, NULL),
    'target', format_type(k.casttarget, NULL),
    'function', CASE WHEN k.castfunc <> 0 THEN k.castfunc::regprocedure::text END,
    'method', CASE k.castmethod WHEN 'i' THEN 'inout' WHEN 'b' THEN 'binary' ELSE 'function' END,
    'context', CASE k.castcontext WHEN 'a' THEN 'assignment' WHEN 'i' THEN 'implicit' ELSE 'explicit' END,
    'comment', obj_description(k.oid, 'pg_cast')
)
FROM pg_cast k
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_cast'::regclass AND m.objid = k.oid)
  AND k.oid >= 16384
  -- The cast from a range to its multirange comes with them.
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_cast'::regclass AND d.objid = k.oid AND d.deptype = 'i')
