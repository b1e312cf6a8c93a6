-- Like columns, indexes are lists of values in the order of the model's fields.
SELECT 'indexes', i.indrelid, json_build_object('oids', json_agg(i.indexrelid::bigint ORDER BY x.relname), 'parts', json_agg(json_build_array(
    x.relname,
    -- The constraint's definition says it all, and printing takes the most time of everything here.
    CASE WHEN k.oid IS NULL THEN pg_get_indexdef(i.indexrelid) ELSE '' END,
    am.amname,
    CASE WHEN i.indexprs IS NULL THEN ARRAY(
        SELECT quote_ident((SELECT a.attname FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[n]))
        FROM generate_series(0, i.indnkeyatts - 1) n
    ) ELSE ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(1, i.indnkeyatts::int) n) END,
    CASE WHEN i.indnatts = i.indnkeyatts THEN '{}'
    ELSE ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(i.indnkeyatts + 1, i.indnatts::int) n) END,
    i.indisunique,
    i.indisprimary,
    i.indisvalid,
    pg_get_expr(i.indpred, i.indrelid),
    i.indnullsnotdistinct, -- from 15
    false, -- before 15
    i.indisclustered,
    i.indisreplident,
    coalesce(x.reloptions, '{}'),
    s.spcname,
    CASE WHEN i.indexprs IS NULL THEN '[]' ELSE (
        SELECT coalesce(json_agg(json_build_array(a.attnum, a.attstattarget) ORDER BY a.attnum), '[]')
        FROM pg_attribute a WHERE a.attrelid = x.oid AND a.attstattarget >= 0
    ) END,
    k.conname,
    x.relispartition,
    CASE WHEN x.relispartition THEN (
        SELECT json_build_object('schema', n.nspname, 'name', p.relname)
        FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace n ON n.oid = p.relnamespace
        WHERE h.inhrelid = x.oid
    ) END,
    NULL, -- its bytes are measured elsewhere
    m.description
) ORDER BY x.relname))
FROM rel c
JOIN pg_index i ON i.indrelid = c.oid
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am am ON am.oid = x.relam
LEFT JOIN pg_tablespace s ON s.oid = x.reltablespace
-- A foreign key's conindid is the index that it leans on, not one of its own.
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_description m ON m.objoid = i.indexrelid AND m.classoid = 'pg_class'::regclass AND m.objsubid = 0
GROUP BY i.indrelid
