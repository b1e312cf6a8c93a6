SELECT 'transform', t.oid, json_build_object(
    'data_type', format_type(t.trftype, NULL),
    'language', l.lanname,
    'from_sql', CASE WHEN t.trffromsql <> 0 THEN t.trffromsql::regprocedure::text END,
    'to_sql', CASE WHEN t.trftosql <> 0 THEN t.trftosql::regprocedure::text END,
    'comment', obj_description(t.oid, 'pg_transform')
)
FROM pg_transform t
JOIN pg_language l ON l.oid = t.trflang
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_transform'::regclass AND m.objid = t.oid)
