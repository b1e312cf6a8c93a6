SELECT 'setting', s.setdatabase, json_build_object(
    'role', CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END,
    'name', split_part(v.text, '=', 1),
    'value', substr(v.text, strpos(v.text, '=') + 1)
)
FROM pg_db_role_setting s
CROSS JOIN LATERAL unnest(s.setconfig) v(text)
WHERE s.setdatabase = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
