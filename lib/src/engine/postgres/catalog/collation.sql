SELECT 'collation', o.oid, json_build_object(
    'name', json_build_object('schema', n.nspname, 'name', o.collname),
    'provider', CASE o.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'd' THEN 'default' ELSE 'libc' END,
    'deterministic', o.collisdeterministic,
    -- Before 15 ICU's locale stood in collcollate; from 17 on it is colllocale.
    'collate', CASE o.collprovider WHEN 'c' THEN to_jsonb(o) ->> 'collcollate' END,
    'ctype', CASE o.collprovider WHEN 'c' THEN to_jsonb(o) ->> 'collctype' END,
    'locale', CASE WHEN o.collprovider <> 'c' THEN
        coalesce(to_jsonb(o) ->> 'colllocale', to_jsonb(o) ->> 'colliculocale', to_jsonb(o) ->> 'collcollate')
    END,
    'rules', to_jsonb(o) ->> 'collicurules',
    -- One that is made of another for any encoding is so too; the same one written out is for the database's.
    'encoding', CASE WHEN o.collencoding NOT IN (-1, pg_char_to_encoding(getdatabaseencoding()))
        THEN pg_encoding_to_char(o.collencoding) END,
    'owner', pg_get_userbyid(o.collowner),
    'comment', obj_description(o.oid, 'pg_collation')
)
FROM pg_collation o
JOIN space n ON n.oid = o.collnamespace
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_collation'::regclass AND m.objid = o.oid)
