SELECT 'constraints', k.conrelid, json_build_object('oids', json_agg(k.oid::bigint ORDER BY k.conname), 'parts', json_agg(json_build_object(
    'name', k.conname,
    'kind', CASE k.contype
        WHEN 'p' THEN 'primary' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign' WHEN 'c' THEN 'check' ELSE 'exclusion'
    END,
    'definition', pg_get_constraintdef(k.oid),
    'columns', ARRAY(
        SELECT a.attname
        FROM unnest(k.conkey) WITH ORDINALITY p(number, place)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.number
        ORDER BY p.place
    ),
    'include', CASE WHEN i.indnkeyatts = i.indnatts THEN '[]' ELSE (
        SELECT coalesce(json_agg(a.attname ORDER BY p.place), '[]')
        FROM unnest(i.indkey::int[]) WITH ORDINALITY p(number, place)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.number
        WHERE p.place > i.indnkeyatts
    ) END,
    'references', CASE WHEN k.contype = 'f' THEN (
        SELECT json_build_object(
            'table', json_build_object('schema', n.nspname, 'name', r.relname),
            'columns', ARRAY(
                SELECT a.attname
                FROM unnest(k.confkey) WITH ORDINALITY p(number, place)
                JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = p.number
                ORDER BY p.place
            ),
            'matching', CASE k.confmatchtype WHEN 'f' THEN 'full' ELSE 'simple' END,
            'on_delete', act.words ->> k.confdeltype::text,
            'on_update', act.words ->> k.confupdtype::text,
            'set_columns', ARRAY( -- from 15
                SELECT a.attname FROM unnest(k.confdelsetcols) p(number) -- from 15
                JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.number -- from 15
            ) -- from 15
            'set_columns', '{}'::text[] -- before 15
        )
        FROM pg_class r
        JOIN pg_namespace n ON n.oid = r.relnamespace
        CROSS JOIN (VALUES (
            '{"a": "no_action", "r": "restrict", "c": "cascade", "n": "set_null", "d": "set_default"}'::jsonb
        )) act(words)
        WHERE r.oid = k.confrelid
    ) END,
    'expression', pg_get_expr(k.conbin, k.conrelid),
    'nulls_not_distinct', coalesce(i.indnullsnotdistinct AND k.contype = 'u', false), -- from 15
    'temporal', k.conperiod, -- from 18
    'enforced', k.conenforced, -- from 18
    'no_inherit', k.connoinherit AND k.contype = 'c',
    'deferrable', k.condeferrable,
    'initially_deferred', k.condeferred,
    'validated', k.convalidated,
    'origin', CASE
        WHEN k.conparentid <> 0 THEN 'inherited' WHEN k.coninhcount = 0 THEN 'own' WHEN k.conislocal THEN 'both' ELSE 'inherited'
    END,
    'comment', m.description
) ORDER BY k.conname))
FROM rel c
JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')
LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_description m ON m.objoid = k.oid AND m.classoid = 'pg_constraint'::regclass AND m.objsubid = 0
-- A foreign key to a partitioned table has a copy on the same table for each partition that it points at.
WHERE NOT (
    k.contype = 'f' AND k.conparentid <> 0
    AND EXISTS (SELECT FROM pg_constraint parent WHERE parent.oid = k.conparentid AND parent.conrelid = k.conrelid)
)
GROUP BY k.conrelid
