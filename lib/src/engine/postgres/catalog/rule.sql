SELECT 'rules', r.ev_class, json_build_object('oids', json_agg(r.oid::bigint ORDER BY r.rulename), 'parts', json_agg(json_build_object(
    'name', r.rulename,
    'definition', pg_get_ruledef(r.oid),
    'enabled', CASE r.ev_enabled
        WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' ELSE 'origin'
    END,
    'comment', obj_description(r.oid, 'pg_rewrite')
) ORDER BY r.rulename))
FROM rel c
JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename <> '_RETURN'
GROUP BY r.ev_class
