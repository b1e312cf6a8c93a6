SELECT 'extension', e.oid, json_build_object(
    'name', e.extname,
    'version', e.extversion,
    'schema', n.nspname,
    'relocatable', e.extrelocatable,
    'comment', obj_description(e.oid, 'pg_extension')
)
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
