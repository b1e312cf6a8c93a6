SELECT 'foreign_data_wrapper', w.oid, json_build_object(
    'name', w.fdwname,
    'handler', CASE WHEN w.fdwhandler <> 0 THEN w.fdwhandler::regproc::text END,
    'validator', CASE WHEN w.fdwvalidator <> 0 THEN w.fdwvalidator::regproc::text END,
    'options', coalesce(w.fdwoptions, '{}'),
    'owner', pg_get_userbyid(w.fdwowner),
    'comment', obj_description(w.oid, 'pg_foreign_data_wrapper')
)
FROM pg_foreign_data_wrapper w
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_foreign_data_wrapper'::regclass AND m.objid = w.oid)
