SELECT 'triggers', t.tgrelid, json_build_object('oids', json_agg(t.oid::bigint ORDER BY t.tgname), 'parts', json_agg(json_build_object(
    'name', t.tgname,
    'definition', pg_get_triggerdef(t.oid),
    'enabled', CASE t.tgenabled
        WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' ELSE 'origin'
    END,
    'constraint', t.tgconstraint <> 0,
    'inherited', t.tgparentid <> 0,
    'comment', obj_description(t.oid, 'pg_trigger')
) ORDER BY t.tgname))
FROM rel c
JOIN pg_trigger t ON t.tgrelid = c.oid
-- Before 15 a partition's copy counts as internal, as those that serve a foreign key do everywhere.
WHERE NOT t.tgisinternal OR t.tgparentid <> 0 AND NOT EXISTS (
    SELECT FROM pg_constraint k WHERE k.oid = t.tgconstraint AND k.contype <> 't'
)
GROUP BY t.tgrelid
