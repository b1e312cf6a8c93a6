-- Like columns, constraints and what foreign keys point at are lists of values in the order of the model's fields.
SELECT 'constraints', k.conrelid, json_build_object('oids', json_agg(k.oid::bigint ORDER BY k.conname), 'parts', json_agg(json_build_array(
    k.conname,
    CASE k.contype
        WHEN 'p' THEN 'primary' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign' WHEN 'c' THEN 'check' ELSE 'exclusion'
    END,
    pg_get_constraintdef(k.oid),
    array_remove(ARRAY(
        SELECT (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[place])
        FROM generate_subscripts(k.conkey, 1) place
    ), NULL),
    CASE WHEN coalesce(i.indnkeyatts = i.indnatts, true) THEN '[]' ELSE (
        SELECT coalesce(json_agg(a.attname ORDER BY p.place), '[]')
        FROM unnest(i.indkey::int[]) WITH ORDINALITY p(number, place)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.number
        WHERE p.place > i.indnkeyatts
    ) END,
    CASE WHEN k.contype = 'f' THEN (
        SELECT json_build_array(
            json_build_array(n.nspname, r.relname),
            ARRAY(
                SELECT (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attnum = k.confkey[place])
                FROM generate_subscripts(k.confkey, 1) place
            ),
            CASE k.confmatchtype WHEN 'f' THEN 'full' ELSE 'simple' END,
            act.words ->> k.confdeltype::text,
            CASE WHEN k.confdelsetcols IS NULL THEN '{}' ELSE ARRAY( -- from 15
                SELECT a.attname FROM unnest(k.confdelsetcols) p(number) -- from 15
                JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.number -- from 15
            ) END, -- from 15
            '{}'::text[], -- before 15
            act.words ->> k.confupdtype::text
        )
        FROM pg_class r
        JOIN pg_namespace n ON n.oid = r.relnamespace
        CROSS JOIN (VALUES (
            '{"a": "no_action", "r": "restrict", "c": "cascade", "n": "set_null", "d": "set_default"}'::jsonb
        )) act(words)
        WHERE r.oid = k.confrelid
    ) END,
    pg_get_expr(k.conbin, k.conrelid),
    coalesce(i.indnullsnotdistinct AND k.contype = 'u', false), -- from 15
    false, -- before 15
    k.conperiod, -- from 18
    false, -- before 18
    k.connoinherit AND k.contype = 'c',
    k.conenforced, -- from 18
    true, -- before 18
    k.condeferrable,
    k.condeferred,
    k.convalidated,
    CASE
        WHEN k.conparentid <> 0 THEN 'inherited' WHEN k.coninhcount = 0 THEN 'own' WHEN k.conislocal THEN 'both' ELSE 'inherited'
    END,
    m.description
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
