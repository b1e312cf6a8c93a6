SELECT 'operator_class', o.oid, json_build_object(
    'name', json_build_object('schema', n.nspname, 'name', o.opcname),
    'method', am.amname,
    'family', json_build_object('schema', fn.nspname, 'name', f.opfname),
    'data_type', format_type(o.opcintype, NULL),
    'default', o.opcdefault,
    'storage', format_type(nullif(o.opckeytype, 0), NULL),
    'members', ARRAY(
        SELECT v.text FROM family_member v
        WHERE v.owner_class = 'pg_opclass'::regclass AND v.owner = o.oid
        ORDER BY v.text
    ),
    'owner', pg_get_userbyid(o.opcowner),
    'comment', obj_description(o.oid, 'pg_opclass')
)
FROM pg_opclass o
JOIN space n ON n.oid = o.opcnamespace
JOIN pg_am am ON am.oid = o.opcmethod
JOIN pg_opfamily f ON f.oid = o.opcfamily
JOIN pg_namespace fn ON fn.oid = f.opfnamespace
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_opclass'::regclass AND m.objid = o.oid)
