-- The entries of publications are parts of them.
SELECT 'published', r.oid, json_build_object('class', 'pg_publication_rel'::regclass::bigint, 'publication', r.prpubid::bigint)
FROM pg_publication_rel r
UNION ALL -- from 15
SELECT 'published', s.oid, json_build_object('class', 'pg_publication_namespace'::regclass::bigint, 'publication', s.pnpubid::bigint) -- from 15
FROM pg_publication_namespace s -- from 15
