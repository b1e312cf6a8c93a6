SELECT 'event_trigger', t.oid, json_build_object(
    'name', t.evtname,
    'event', t.evtevent,
    'tags', coalesce(t.evttags, '{}'),
    'function', t.evtfoid::regproc::text,
    'enabled', CASE t.evtenabled
        WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' ELSE 'origin'
    END,
    'owner', pg_get_userbyid(t.evtowner),
    'comment', obj_description(t.oid, 'pg_event_trigger')
)
FROM pg_event_trigger t
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_event_trigger'::regclass AND m.objid = t.oid)
