SELECT 'indexes', i.indrelid, json_build_object('oids', json_agg(i.indexrelid::bigint ORDER BY x.relname), 'parts', json_agg(json_build_object(
    'name', x.relname,
    -- The constraint's definition says it all, and printing takes the most time of everything here.
    'definition', CASE WHEN k.oid IS NULL THEN pg_get_indexdef(i.indexrelid) ELSE '' END,
    'method', am.amname,
    'columns', ARRAY(SELECT pg_get_indexdef(x.oid, n, false) FROM generate_series(1, i.indnkeyatts::int) n),
    'include', ARRAY(SELECT pg_get_indexdef(x.oid, n, false) FROM generate_series(i.indnkeyatts + 1, i.indnatts::int) n),
    'unique', i.indisunique,
    'primary', i.indisprimary,
    'valid', i.indisvalid,
    'predicate', pg_get_expr(i.indpred, i.indrelid),
    'nulls_not_distinct', i.indnullsnotdistinct, -- from 15
    'clustered', i.indisclustered,
    'replica_identity', i.indisreplident,
    'options', coalesce(x.reloptions, '{}'),
    'tablespace', s.spcname,
    'statistics', CASE WHEN i.indexprs IS NULL THEN '[]' ELSE (
        SELECT coalesce(json_agg(json_build_array(a.attnum, a.attstattarget) ORDER BY a.attnum), '[]')
        FROM pg_attribute a WHERE a.attrelid = x.oid AND a.attstattarget >= 0
    ) END,
    'constraint', k.conname,
    'inherited', x.relispartition,
    'parent', CASE WHEN x.relispartition THEN (
        SELECT json_build_object('schema', n.nspname, 'name', p.relname)
        FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace n ON n.oid = p.relnamespace
        WHERE h.inhrelid = x.oid
    ) END,
    'comment', m.description
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
