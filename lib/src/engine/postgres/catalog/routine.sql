SELECT 'routine', p.oid, json_build_object(
    'name', json_build_object('schema', n.nspname, 'name', p.proname),
    'kind', CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window' ELSE 'function' END,
    'arguments', pg_get_function_arguments(p.oid),
    'identity', pg_get_function_identity_arguments(p.oid),
    'signature', oidvectortypes(p.proargtypes),
    'result', pg_get_function_result(p.oid),
    'language', l.lanname,
    'owner', pg_get_userbyid(p.proowner),
    'security_definer', p.prosecdef,
    'volatility', CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
    'strict', p.proisstrict,
    'leakproof', p.proleakproof,
    'parallel', CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END,
    'cost', p.procost,
    'rows', p.prorows,
    'settings', coalesce(p.proconfig, '{}'),
    'definition', CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) ELSE (
        SELECT concat_ws(E'\n',
            'SFUNC = ' || g.aggtransfn,
            'STYPE = ' || format_type(g.aggtranstype, NULL),
            'SSPACE = ' || nullif(g.aggtransspace, 0),
            'FINALFUNC = ' || nullif(g.aggfinalfn::text, '-'),
            CASE WHEN g.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
            'FINALFUNC_MODIFY = ' || CASE WHEN g.aggfinalfn <> 0 THEN mode.words ->> g.aggfinalmodify::text END,
            'COMBINEFUNC = ' || nullif(g.aggcombinefn::text, '-'),
            'SERIALFUNC = ' || nullif(g.aggserialfn::text, '-'),
            'DESERIALFUNC = ' || nullif(g.aggdeserialfn::text, '-'),
            'INITCOND = ' || quote_literal(g.agginitval),
            'MSFUNC = ' || nullif(g.aggmtransfn::text, '-'),
            'MINVFUNC = ' || nullif(g.aggminvtransfn::text, '-'),
            'MSTYPE = ' || format_type(nullif(g.aggmtranstype, 0), NULL),
            'MSSPACE = ' || nullif(g.aggmtransspace, 0),
            'MFINALFUNC = ' || nullif(g.aggmfinalfn::text, '-'),
            CASE WHEN g.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
            'MFINALFUNC_MODIFY = ' || CASE WHEN g.aggmfinalfn <> 0 THEN mode.words ->> g.aggmfinalmodify::text END,
            'MINITCOND = ' || quote_literal(g.aggminitval),
            'SORTOP = ' || (
                SELECT 'OPERATOR(' || quote_ident(sn.nspname) || '.' || s.oprname || ')'
                FROM pg_operator s JOIN pg_namespace sn ON sn.oid = s.oprnamespace WHERE s.oid = g.aggsortop
            ),
            CASE g.aggkind WHEN 'h' THEN 'HYPOTHETICAL' END,
            'PARALLEL = ' || CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END
        )
        FROM pg_aggregate g
        CROSS JOIN (VALUES ('{"r": "READ_ONLY", "s": "SHAREABLE", "w": "READ_WRITE"}'::jsonb)) mode(words)
        WHERE g.aggfnoid = p.oid
    ) END,
    'comment', obj_description(p.oid, 'pg_proc')
)
FROM pg_proc p
JOIN space n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
  -- The constructors of range types come and go with them.
  AND NOT EXISTS (
    SELECT FROM pg_depend d
    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i' AND d.refclassid = 'pg_type'::regclass
  )
