-- From 18 on NOT NULL is a constraint with a name; it is told with its column.
SELECT 'not_null', k.oid, json_build_object('relation', k.conrelid::bigint, 'name', k.conname)
FROM rel c
JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'n'
