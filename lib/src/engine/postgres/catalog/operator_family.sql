SELECT 'operator_family', f.oid, json_build_object(
    'name', json_build_object('schema', n.nspname, 'name', f.opfname),
    'method', am.amname,
    'members', ARRAY(
        SELECT v.text FROM family_member v
        WHERE v.owner_class = 'pg_opfamily'::regclass AND v.owner = f.oid
        ORDER BY v.text
    ),
    'owner', pg_get_userbyid(f.opfowner),
    'comment', obj_description(f.oid, 'pg_opfamily')
)
FROM pg_opfamily f
JOIN space n ON n.oid = f.opfnamespace
JOIN pg_am am ON am.oid = f.opfmethod
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_opfamily'::regclass AND m.objid = f.oid)
