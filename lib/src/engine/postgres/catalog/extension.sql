SELECT 'extension', e.oid, json_build_object(
    'name', e.extname,
    'version', e.extversion,
    'schema', n.nspname,
    'relocatable', e.extrelocatable,
    'casts', (
        SELECT coalesce(json_agg(json_build_array(k.source, k.target) ORDER BY k.source, k.target), '[]')
        FROM pg_depend d, LATERAL (
            SELECT format_type(o.castsource, NULL) COLLATE "C" AS source, format_type(o.casttarget, NULL) COLLATE "C" AS target
            FROM pg_cast o WHERE o.oid = d.objid
        ) k
        WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.classid = 'pg_cast'::regclass AND d.deptype = 'e'
    ),
    'comment', obj_description(e.oid, 'pg_extension')
)
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
