SELECT 'text_search_configuration', k.oid, json_build_object(
    'name', json_build_object('schema', n.nspname, 'name', k.cfgname),
    'parser', json_build_object('schema', pn.nspname, 'name', p.prsname),
    'mappings', (
        SELECT coalesce(json_agg(json_build_object('token', g.token, 'dictionaries', g.dictionaries) ORDER BY g.token), '[]')
        FROM (
            SELECT t.alias AS token, json_agg(quote_ident(dn.nspname) || '.' || quote_ident(d.dictname) ORDER BY m.mapseqno) AS dictionaries
            FROM pg_ts_config_map m
            JOIN ts_token_type(k.cfgparser) t ON t.tokid = m.maptokentype
            JOIN pg_ts_dict d ON d.oid = m.mapdict
            JOIN pg_namespace dn ON dn.oid = d.dictnamespace
            WHERE m.mapcfg = k.oid
            GROUP BY t.alias
        ) g
    ),
    'owner', pg_get_userbyid(k.cfgowner),
    'comment', obj_description(k.oid, 'pg_ts_config')
)
FROM pg_ts_config k
JOIN space n ON n.oid = k.cfgnamespace
JOIN pg_ts_parser p ON p.oid = k.cfgparser
JOIN pg_namespace pn ON pn.oid = p.prsnamespace
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_ts_config'::regclass AND m.objid = k.oid)
