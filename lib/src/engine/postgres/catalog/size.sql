-- Bytes of one relation each: tables, TOAST tables, TOAST indexes, materialised views and their indexes. Every fork is
-- a system call, so the maps of an empty main fork are not asked for; the init fork is that of unlogged relations.
SELECT 'size', p.owner, json_agg(json_build_array(p.part, p.name, f.main
    + CASE WHEN f.main > 0 THEN pg_relation_size(p.oid, 'fsm') ELSE 0 END
    + CASE WHEN f.main > 0 AND p.part <> 'index' THEN pg_relation_size(p.oid, 'vm') ELSE 0 END
    + CASE WHEN p.unlogged THEN pg_relation_size(p.oid, 'init') ELSE 0 END))
FROM (
    SELECT c.oid AS owner, c.oid, 'table' AS part, NULL::name AS name, c.relpersistence = 'u' AS unlogged
    FROM rel c WHERE c.sized
    UNION ALL
    SELECT c.oid, c.reltoastrelid, 'toast', NULL, c.relpersistence = 'u'
    FROM rel c WHERE c.sized AND c.reltoastrelid <> 0
    UNION ALL
    SELECT c.oid, i.indexrelid, 'toast', NULL, c.relpersistence = 'u'
    FROM rel c JOIN pg_index i ON i.indrelid = c.reltoastrelid WHERE c.sized
    UNION ALL
    SELECT c.oid, i.indexrelid, 'index', x.relname, c.relpersistence = 'u'
    FROM rel c JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid WHERE c.sized
) p
CROSS JOIN LATERAL (SELECT pg_relation_size(p.oid) AS main) f
GROUP BY p.owner
