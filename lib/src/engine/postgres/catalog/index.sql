SELECT 'indexes', i.indrelid, json_agg(json_build_object(
    'name', x.relname,
    'definition', pg_get_indexdef(i.indexrelid),
    'method', am.amname,
    'columns', keys.columns,
    'include', keys.include,
    'unique', i.indisunique,
    'primary', i.indisprimary,
    'valid', i.indisvalid,
    'predicate', pg_get_expr(i.indpred, i.indrelid),
    'constraint', k.conname,
    'inherited', x.relispartition,
    'comment', m.description
))
FROM rel c
JOIN pg_index i ON i.indrelid = c.oid
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am am ON am.oid = x.relam
CROSS JOIN LATERAL (
    SELECT json_agg(k.text ORDER BY k.place) FILTER (WHERE k.place <= i.indnkeyatts) AS columns,
        coalesce(json_agg(k.text ORDER BY k.place) FILTER (WHERE k.place > i.indnkeyatts), '[]') AS include
    FROM (
        SELECT p.place, coalesce(quote_ident(a.attname), pg_get_indexdef(i.indexrelid, p.place::int, true)) AS text
        FROM unnest(i.indkey) WITH ORDINALITY p(number, place)
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = p.number
    ) k
) keys
-- A foreign key's conindid is the index that it leans on, not one of its own.
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_description m ON m.objoid = i.indexrelid AND m.classoid = 'pg_class'::regclass AND m.objsubid = 0
GROUP BY i.indrelid
