-- Like columns, tables are lists of values in the order of the model's fields.
SELECT 'table', c.oid, json_build_array(
    json_build_array(c.nspname, c.relname),
    CASE c.relkind WHEN 'p' THEN 'partitioned' WHEN 'f' THEN 'foreign' ELSE 'table' END,
    pg_get_userbyid(c.relowner),
    m.description,
    CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END,
    c.relrowsecurity,
    c.relforcerowsecurity,
    CASE WHEN c.relispartition THEN (
        SELECT json_build_object(
            'parent', json_build_object('schema', pn.nspname, 'name', p.relname),
            'bound', coalesce(pg_get_expr(c.relpartbound, c.oid), ''),
            'detaching', i.inhdetachpending -- from 14
            'detaching', false -- before 14
        )
        FROM pg_inherits i
        JOIN pg_class p ON p.oid = i.inhparent
        JOIN pg_namespace pn ON pn.oid = p.relnamespace
        WHERE i.inhrelid = c.oid
    ) END,
    CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
    CASE WHEN c.relispartition THEN '[]' ELSE (
        SELECT coalesce(json_agg(json_build_object('schema', pn.nspname, 'name', p.relname) ORDER BY i.inhseqno), '[]')
        FROM pg_inherits i
        JOIN pg_class p ON p.oid = i.inhparent
        JOIN pg_namespace pn ON pn.oid = p.relnamespace
        WHERE i.inhrelid = c.oid
    ) END,
    CASE WHEN c.reloftype <> 0 THEN (
        SELECT json_build_object('schema', tn.nspname, 'name', t.typname)
        FROM pg_type t JOIN pg_namespace tn ON tn.oid = t.typnamespace WHERE t.oid = c.reloftype
    ) END,
    am.amname,
    s.spcname,
    CASE c.relreplident
        WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' ELSE 'default'
    END,
    CASE WHEN c.reloptions IS NULL AND toast.reloptions IS NULL THEN '[]' ELSE
        to_json(coalesce(c.reloptions, '{}') || ARRAY(SELECT 'toast.' || o FROM unnest(toast.reloptions) o))
    END,
    CASE WHEN c.relkind = 'f' THEN (
        SELECT s.srvname FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid
    ) END,
    CASE WHEN c.relkind <> 'f' THEN '[]' ELSE coalesce((
        SELECT to_json(f.ftoptions) FROM pg_foreign_table f WHERE f.ftrelid = c.oid
    ), '[]') END,
    NULL, -- only SQLite keeps the statement
    -- Never analysed (-1, or 0 pages and rows before 14): what the statistics saw inserted, else nobody knows.
    CASE
        WHEN c.relkind = 'f' AND c.reltuples <= 0 THEN NULL
        WHEN c.reltuples > 0 OR (c.reltuples = 0 AND c.relpages > 0) THEN c.reltuples::bigint
        ELSE nullif(pg_stat_get_live_tuples(c.oid), 0)
    END
)
FROM rel c
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid AND toast.reloptions IS NOT NULL
LEFT JOIN pg_description m ON m.objoid = c.oid AND m.classoid = 'pg_class'::regclass AND m.objsubid = 0
WHERE c.relkind IN ('r', 'p', 'f')
