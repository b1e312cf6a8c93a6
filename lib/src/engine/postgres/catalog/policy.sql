SELECT 'policies', p.polrelid, json_build_object('oids', json_agg(p.oid::bigint ORDER BY p.polname), 'parts', json_agg(json_build_object(
    'name', p.polname,
    'command', CASE p.polcmd
        WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all'
    END,
    'permissive', p.polpermissive,
    'roles', ARRAY(SELECT pg_get_userbyid(r)::text FROM unnest(p.polroles) r WHERE r <> 0 ORDER BY 1),
    'using', pg_get_expr(p.polqual, p.polrelid),
    'check', pg_get_expr(p.polwithcheck, p.polrelid),
    'comment', obj_description(p.oid, 'pg_policy')
) ORDER BY p.polname))
FROM rel c
JOIN pg_policy p ON p.polrelid = c.oid
GROUP BY p.polrelid
