SELECT 'triggers', t.tgrelid, json_agg(json_build_object(
    'name', t.tgname,
    'definition', pg_get_triggerdef(t.oid),
    'enabled', CASE t.tgenabled
        WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' ELSE 'origin'
    END,
    -- From 15 on a copy names its parent; in 13 and 14 it depends on its table in a way of its own.
    'inherited', coalesce((to_jsonb(t) ->> 'tgparentid')::oid <> 0, c.relispartition AND EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_trigger'::regclass AND d.objid = t.oid AND d.deptype IN ('P', 'S')
    )),
    'comment', obj_description(t.oid, 'pg_trigger')
))
FROM rel c
JOIN pg_trigger t ON t.tgrelid = c.oid
WHERE NOT t.tgisinternal
GROUP BY t.tgrelid
