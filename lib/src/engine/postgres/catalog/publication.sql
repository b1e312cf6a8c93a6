SELECT 'publication', p.oid, json_build_object(
    'name', p.pubname,
    'all_tables', p.puballtables,
    'tables', (
        SELECT coalesce(json_agg(json_build_object(
            'table', json_build_object('schema', n.nspname, 'name', c.relname),
            'columns', CASE WHEN r.prattrs IS NOT NULL THEN ARRAY( -- from 15
                SELECT a.attname FROM unnest(r.prattrs::int[]) p(number) -- from 15
                JOIN pg_attribute a ON a.attrelid = r.prrelid AND a.attnum = p.number ORDER BY p.number -- from 15
            ) END, -- from 15
            'filter', pg_get_expr(r.prqual, r.prrelid) -- from 15
            'filter', NULL -- before 15
        )), '[]')
        FROM pg_publication_rel r
        JOIN pg_class c ON c.oid = r.prrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE r.prpubid = p.oid
    ),
    'schemas', ARRAY( -- from 15
        SELECT n.nspname FROM pg_publication_namespace s JOIN pg_namespace n ON n.oid = s.pnnspid WHERE s.pnpubid = p.oid -- from 15
    ), -- from 15
    'publish', array_remove(ARRAY[
        CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
        CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END
    ], NULL),
    'via_partition_root', p.pubviaroot,
    'generated_columns', coalesce(to_jsonb(p) ->> 'pubgencols' IN ('s', 'true'), false),
    'owner', pg_get_userbyid(p.pubowner),
    'comment', obj_description(p.oid, 'pg_publication')
)
FROM pg_publication p
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_publication'::regclass AND m.objid = p.oid)
