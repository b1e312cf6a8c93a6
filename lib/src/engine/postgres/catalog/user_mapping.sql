-- The view shows options to those alone who may see them.
SELECT 'user_mapping', u.umid, json_build_object(
    'server', u.srvname,
    'user', u.usename,
    'options', coalesce(u.umoptions, '{}')
)
FROM pg_user_mappings u
