-- What differs from the privileges that an object has by itself: those recorded when the system or its extension made it,
-- else the built-in ones of its kind.
SELECT 'privileges', a.oid, json_build_object('class', a.class::bigint, 'part', a.part, 'granted', granted.list, 'revoked', revoked.list)
FROM (
    SELECT 'pg_class'::regclass::oid AS class, c.oid, 0 AS part, c.relacl AS acl,
        acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, c.relowner) AS builtin
    FROM pg_class c WHERE c.relacl IS NOT NULL AND c.relnamespace NOT IN (SELECT s.oid FROM standard s)
    UNION ALL
    SELECT 'pg_class'::regclass, a.attrelid, a.attnum, a.attacl, NULL FROM pg_attribute a WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_namespace'::regclass, n.oid, 0, n.nspacl, acldefault('n', n.nspowner)
    FROM pg_namespace n WHERE n.nspacl IS NOT NULL AND n.oid NOT IN (SELECT s.oid FROM standard s) AND n.nspname !~ '^pg_(temp|toast_temp)_'
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, 0, p.proacl, acldefault('f', p.proowner)
    FROM pg_proc p WHERE p.proacl IS NOT NULL AND p.pronamespace NOT IN (SELECT s.oid FROM standard s)
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, 0, t.typacl, acldefault('T', t.typowner)
    FROM pg_type t WHERE t.typacl IS NOT NULL AND t.typnamespace NOT IN (SELECT s.oid FROM standard s)
    UNION ALL
    SELECT 'pg_language'::regclass, l.oid, 0, l.lanacl, acldefault('l', l.lanowner)
    FROM pg_language l WHERE l.lanacl IS NOT NULL
    UNION ALL
    SELECT 'pg_foreign_data_wrapper'::regclass, w.oid, 0, w.fdwacl, acldefault('F', w.fdwowner)
    FROM pg_foreign_data_wrapper w WHERE w.fdwacl IS NOT NULL
    UNION ALL
    SELECT 'pg_foreign_server'::regclass, s.oid, 0, s.srvacl, acldefault('S', s.srvowner)
    FROM pg_foreign_server s WHERE s.srvacl IS NOT NULL
) a
LEFT JOIN pg_init_privs i ON i.classoid = a.class AND i.objoid = a.oid AND i.objsubid = a.part
CROSS JOIN LATERAL (SELECT coalesce(i.initprivs, a.builtin) AS acl) base
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object(
        'grantee', CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee) END,
        'privilege', g.privilege_type,
        'grantable', g.is_grantable,
        'grantor', pg_get_userbyid(g.grantor)
    )), '[]') AS list
    FROM (SELECT * FROM aclexplode(a.acl) EXCEPT SELECT * FROM aclexplode(base.acl)) g
) granted
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object(
        'grantee', CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee) END,
        'privilege', g.privilege_type,
        'grantable', g.is_grantable,
        'grantor', pg_get_userbyid(g.grantor)
    )), '[]') AS list
    FROM (SELECT * FROM aclexplode(base.acl) EXCEPT SELECT * FROM aclexplode(a.acl)) g
) revoked
WHERE a.acl IS DISTINCT FROM base.acl AND (granted.list::text <> '[]' OR revoked.list::text <> '[]')
