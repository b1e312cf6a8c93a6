SELECT 'text_search_dictionary', d.oid, json_build_object(
    'name', json_build_object('schema', n.nspname, 'name', d.dictname),
    'template', json_build_object('schema', tn.nspname, 'name', t.tmplname),
    'options', d.dictinitoption,
    'owner', pg_get_userbyid(d.dictowner),
    'comment', obj_description(d.oid, 'pg_ts_dict')
)
FROM pg_ts_dict d
JOIN space n ON n.oid = d.dictnamespace
JOIN pg_ts_template t ON t.oid = d.dicttemplate
JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_ts_dict'::regclass AND m.objid = d.oid)
