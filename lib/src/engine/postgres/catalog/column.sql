-- Columns are the most there is of anything, so they are lists of values in the order of the model's fields, and those of an
-- ordinary column end after its default. A default speaks of no column, and printing it without its table opens none.
SELECT 'columns', c.oid, json_build_object('numbers', json_agg(a.attnum ORDER BY a.attnum), 'parts', json_agg(
CASE WHEN a.attgenerated = '' AND a.attidentity = '' AND a.attcollation IN (0, t.typcollation) AND a.attstorage = t.typstorage
    AND a.attcompression = '' -- from 14
    AND coalesce(a.attstattarget, -1) = -1 AND a.attoptions IS NULL AND a.attfdwoptions IS NULL AND a.attinhcount = 0
    AND m.description IS NULL
THEN json_build_array(
    a.attname,
    format_type(a.atttypid, a.atttypmod),
    a.attnotnull,
    nn.description,
    CASE WHEN a.atthasdef THEN pg_get_expr(d.adbin, 0) END
) ELSE json_build_array(
    a.attname,
    format_type(a.atttypid, a.atttypmod),
    a.attnotnull,
    nn.description,
    CASE WHEN a.attgenerated = '' AND a.atthasdef THEN pg_get_expr(d.adbin, 0) END,
    CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by_default' END, -- before 17
    -- A partition's is that of the table above it, and comes and goes with it.
    CASE WHEN NOT c.relispartition THEN -- from 17
        CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by_default' END -- from 17
    END, -- from 17
    CASE WHEN a.attgenerated <> '' THEN json_build_object(
        'expression', coalesce(pg_get_expr(d.adbin, d.adrelid), ''),
        'stored', a.attgenerated = 's'
    ) END,
    CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0 THEN (
        SELECT CASE WHEN n.nspname = 'pg_catalog' THEN '' ELSE quote_ident(n.nspname) || '.' END || quote_ident(o.collname)
        FROM pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace WHERE o.oid = a.attcollation
    ) END,
    CASE WHEN a.attstorage <> t.typstorage THEN
        CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END
    END,
    CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END, -- from 14
    NULL, -- before 14
    nullif(a.attstattarget, -1),
    -- The minor releases of November 2026 keep notes of their own here.
    CASE WHEN a.attoptions IS NULL THEN '{}' ELSE ARRAY(SELECT o FROM unnest(a.attoptions) o WHERE o !~ '^pg_') END,
    coalesce(a.attfdwoptions, '{}'),
    CASE WHEN a.attinhcount = 0 THEN 'own' WHEN a.attislocal THEN 'both' ELSE 'inherited' END,
    m.description
) END ORDER BY a.attnum))
FROM rel c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON a.atthasdef AND d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_description m
  ON m.objoid = a.attrelid AND m.classoid = 'pg_class'::regclass AND m.objsubid = a.attnum
LEFT JOIN ( -- from 18
    SELECT k.conrelid, k.conkey[1] AS number, json_build_object( -- from 18
        'name', k.conname, -- from 18
        'no_inherit', k.connoinherit, -- from 18
        'validated', k.convalidated, -- from 18
        'origin', CASE WHEN k.coninhcount = 0 THEN 'own' WHEN k.conislocal THEN 'both' ELSE 'inherited' END, -- from 18
        'comment', obj_description(k.oid, 'pg_constraint') -- from 18
    ) AS description FROM pg_constraint k WHERE k.contype = 'n' AND k.conrelid <> 0 -- from 18
) nn ON nn.conrelid = a.attrelid AND nn.number = a.attnum -- from 18
CROSS JOIN (SELECT NULL AS description) nn -- before 18
WHERE c.relkind <> 'S'
GROUP BY c.oid
