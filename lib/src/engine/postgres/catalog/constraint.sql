SELECT 'constraints', k.conrelid, json_agg(json_build_object(
    'name', k.conname,
    'kind', CASE k.contype
        WHEN 'p' THEN 'primary' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign' WHEN 'c' THEN 'check' ELSE 'exclusion'
    END,
    'definition', pg_get_constraintdef(k.oid),
    'columns', (
        SELECT coalesce(json_agg(a.attname ORDER BY p.place), '[]')
        FROM unnest(k.conkey) WITH ORDINALITY p(number, place)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.number
    ),
    'references', CASE WHEN k.contype = 'f' THEN (
        SELECT json_build_object(
            'table', json_build_object('schema', n.nspname, 'name', r.relname),
            'columns', (
                SELECT json_agg(a.attname ORDER BY p.place)
                FROM unnest(k.confkey) WITH ORDINALITY p(number, place)
                JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = p.number
            ),
            'on_delete', act.words ->> k.confdeltype::text,
            'on_update', act.words ->> k.confupdtype::text
        )
        FROM pg_class r
        JOIN pg_namespace n ON n.oid = r.relnamespace
        CROSS JOIN (VALUES (
            '{"a": "no_action", "r": "restrict", "c": "cascade", "n": "set_null", "d": "set_default"}'::jsonb
        )) act(words)
        WHERE r.oid = k.confrelid
    ) END,
    'deferrable', k.condeferrable,
    'initially_deferred', k.condeferred,
    'validated', k.convalidated,
    'inherited', NOT k.conislocal OR k.conparentid <> 0,
    'comment', m.description
))
FROM rel c
JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')
LEFT JOIN pg_description m ON m.objoid = k.oid AND m.classoid = 'pg_constraint'::regclass AND m.objsubid = 0
-- A foreign key to a partitioned table has a copy on the same table for each partition that it points at.
WHERE NOT (
    k.contype = 'f' AND k.conparentid <> 0
    AND EXISTS (SELECT FROM pg_constraint parent WHERE parent.oid = k.conparentid AND parent.conrelid = k.conrelid)
)
GROUP BY k.conrelid
