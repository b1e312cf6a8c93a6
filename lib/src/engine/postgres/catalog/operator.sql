SELECT 'operator', o.oid, json_build_object(
    'name', json_build_object('schema', n.nspname, 'name', o.oprname),
    'left', format_type(nullif(o.oprleft, 0), NULL),
    'right', format_type(nullif(o.oprright, 0), NULL),
    'result', format_type(nullif(o.oprresult, 0), NULL),
    'function', nullif(o.oprcode::text, '-'),
    'commutator', (
        SELECT 'OPERATOR(' || quote_ident(xn.nspname) || '.' || x.oprname || ')'
        FROM pg_operator x JOIN pg_namespace xn ON xn.oid = x.oprnamespace WHERE x.oid = o.oprcom
    ),
    'negator', (
        SELECT 'OPERATOR(' || quote_ident(xn.nspname) || '.' || x.oprname || ')'
        FROM pg_operator x JOIN pg_namespace xn ON xn.oid = x.oprnamespace WHERE x.oid = o.oprnegate
    ),
    'restrict', nullif(o.oprrest::text, '-'),
    'join', nullif(o.oprjoin::text, '-'),
    'hashes', o.oprcanhash,
    'merges', o.oprcanmerge,
    'owner', pg_get_userbyid(o.oprowner),
    'comment', obj_description(o.oid, 'pg_operator')
)
FROM pg_operator o
JOIN space n ON n.oid = o.oprnamespace
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_operator'::regclass AND m.objid = o.oid)
