SELECT 'view', c.oid, json_build_object(
    'name', json_build_object('schema', c.nspname, 'name', c.relname),
    'materialized', c.relkind = 'm',
    'owner', pg_get_userbyid(c.relowner),
    'comment', obj_description(c.oid, 'pg_class'),
    'definition', coalesce(pg_get_viewdef(c.oid), ''),
    'populated', c.relispopulated,
    'options', coalesce(to_json(
        c.reloptions || ARRAY(SELECT 'toast.' || o FROM pg_class t, unnest(t.reloptions) o WHERE t.oid = c.reltoastrelid)
    ), '[]'),
    'access_method', (SELECT am.amname FROM pg_am am WHERE am.oid = c.relam),
    'tablespace', (SELECT s.spcname FROM pg_tablespace s WHERE s.oid = c.reltablespace),
    'rows', CASE WHEN c.relkind = 'm' AND (c.reltuples > 0 OR c.relpages > 0) THEN c.reltuples::bigint END
)
FROM rel c
WHERE c.relkind IN ('v', 'm')
