SELECT 'role', r.oid, json_build_object(
    'name', r.rolname,
    'login', r.rolcanlogin,
    'superuser', r.rolsuper,
    'create_db', r.rolcreatedb,
    'create_role', r.rolcreaterole,
    'replication', r.rolreplication,
    'bypass_row_security', r.rolbypassrls,
    'inherit', r.rolinherit,
    'connection_limit', nullif(r.rolconnlimit, -1),
    'valid_until', CASE WHEN isfinite(r.rolvaliduntil)
        THEN to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    END,
    'comment', shobj_description(r.oid, 'pg_authid')
)
FROM pg_roles r
WHERE r.rolname !~ '^pg_'
