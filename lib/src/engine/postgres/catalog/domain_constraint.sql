SELECT 'domain_constraint', k.oid, json_build_object(
    'domain', k.contypid::bigint,
    'not_null', k.contype = 'n',
    'constraint', json_build_object(
        'name', k.conname,
        'definition', pg_get_constraintdef(k.oid),
        'validated', k.convalidated,
        'comment', obj_description(k.oid, 'pg_constraint')
    )
)
FROM pg_constraint k
WHERE k.contypid <> 0
