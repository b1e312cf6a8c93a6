-- What needs no name of its own: temporary relations, large values kept out of line, and entries that others stand for.
SELECT 'nameless', o.class, json_build_object('oids', string_agg(o.oid::text, ' '))
FROM (
    SELECT 'pg_class'::regclass::oid AS class, c.oid
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname ~ '^pg_(temp|toast)'
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname ~ '^pg_(temp|toast)'
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname ~ '^pg_temp'
    UNION ALL
    SELECT 'pg_namespace'::regclass, n.oid FROM pg_namespace n WHERE n.nspname ~ '^pg_(temp|toast)'
    UNION ALL
    SELECT 'pg_default_acl'::regclass, d.oid FROM pg_default_acl d
) o
WHERE o.oid >= 16384
GROUP BY o.class
