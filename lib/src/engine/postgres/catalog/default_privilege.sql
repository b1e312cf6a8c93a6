SELECT 'default_privileges', d.oid, json_build_object(
    'role', pg_get_userbyid(d.defaclrole),
    'schema', (SELECT n.nspname FROM pg_namespace n WHERE n.oid = d.defaclnamespace),
    'objects', CASE d.defaclobjtype
        WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
        WHEN 'n' THEN 'schemas' ELSE 'large_objects'
    END,
    'granted', granted.list,
    'revoked', revoked.list
)
FROM pg_default_acl d
-- Those of a schema come on top of those of all.
CROSS JOIN LATERAL (SELECT CASE WHEN d.defaclnamespace = 0 THEN
    acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's'::"char" ELSE d.defaclobjtype END, d.defaclrole)
END AS acl) base
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object(
        'grantee', CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee) END,
        'privilege', g.privilege_type,
        'grantable', g.is_grantable,
        'grantor', pg_get_userbyid(g.grantor)
    )), '[]') AS list
    FROM (SELECT * FROM aclexplode(d.defaclacl) EXCEPT SELECT * FROM aclexplode(base.acl)) g
) granted
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object(
        'grantee', CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee) END,
        'privilege', g.privilege_type,
        'grantable', g.is_grantable,
        'grantor', pg_get_userbyid(g.grantor)
    )), '[]') AS list
    FROM (SELECT * FROM aclexplode(base.acl) EXCEPT SELECT * FROM aclexplode(d.defaclacl)) g
) revoked
