SELECT 'database', 0::oid, json_build_object(
    'name', d.datname,
    'owner', pg_get_userbyid(d.datdba),
    'encoding', pg_encoding_to_char(d.encoding),
    'collate', d.datcollate,
    'ctype', d.datctype,
    -- The column is missing in 13 and 14, daticulocale in 15 and 16, datlocale from 17 on.
    'locale', coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
    'bytes', CASE WHEN has_database_privilege(d.oid, 'CONNECT') THEN pg_database_size(d.oid) END, -- when measured
    'search_path', (
        SELECT coalesce(json_agg(n.nspname ORDER BY p.place), '[]')
        FROM pg_settings s
        CROSS JOIN LATERAL unnest(string_to_array(s.reset_val, ',')) WITH ORDINALITY p(entry, place)
        JOIN pg_namespace n
          ON n.nspname = replace(trim(BOTH ' "' FROM p.entry), '$user', current_user)
        WHERE s.name = 'search_path'
    ),
    'comment', shobj_description(d.oid, 'pg_database')
)
FROM pg_database d
WHERE d.datname = current_database()
