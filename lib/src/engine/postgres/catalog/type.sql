SELECT k.kind, t.oid, (jsonb_build_object(
    'name', json_build_object('schema', n.nspname, 'name', t.typname),
    'owner', pg_get_userbyid(t.typowner),
    'comment', obj_description(t.oid, 'pg_type')
) || CASE k.kind
    WHEN 'enum' THEN jsonb_build_object('labels', ARRAY(
        SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder
    ))
    WHEN 'composite' THEN jsonb_build_object('attributes', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'name', a.attname,
            'data_type', format_type(a.atttypid, a.atttypmod),
            'collation', CASE WHEN a.attcollation NOT IN (0, at.typcollation) THEN a.attcollation::regcollation::text END,
            'comment', col_description(t.typrelid, a.attnum)
        ) ORDER BY a.attnum), '[]')
        FROM pg_attribute a JOIN pg_type at ON at.oid = a.atttypid
        WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    ))
    WHEN 'domain' THEN jsonb_build_object(
        'data_type', format_type(t.typbasetype, t.typtypmod),
        'collation', CASE WHEN t.typcollation NOT IN (0, (SELECT b.typcollation FROM pg_type b WHERE b.oid = t.typbasetype))
            THEN t.typcollation::regcollation::text END,
        'default', coalesce(pg_get_expr(t.typdefaultbin, 'pg_type'::regclass), t.typdefault),
        'not_null', t.typnotnull
    )
    WHEN 'range' THEN (
        SELECT jsonb_build_object(
            'subtype', format_type(r.rngsubtype, NULL),
            'operator_class', (
                SELECT quote_ident(cn.nspname) || '.' || quote_ident(o.opcname)
                FROM pg_opclass o JOIN pg_namespace cn ON cn.oid = o.opcnamespace WHERE o.oid = r.rngsubopc
            ),
            'collation', CASE WHEN r.rngcollation NOT IN (0, (SELECT b.typcollation FROM pg_type b WHERE b.oid = r.rngsubtype))
                THEN r.rngcollation::regcollation::text END,
            'canonical', nullif(r.rngcanonical::text, '-'),
            'multirange', ( -- from 14
                SELECT jsonb_build_object('schema', mn.nspname, 'name', m.typname) -- from 14
                FROM pg_type m JOIN pg_namespace mn ON mn.oid = m.typnamespace WHERE m.oid = r.rngmultitypid -- from 14
            ), -- from 14
            'subtype_difference', nullif(r.rngsubdiff::text, '-')
        )
        FROM pg_range r WHERE r.rngtypid = t.oid
    )
    ELSE jsonb_build_object(
        'defined', t.typisdefined,
        'settings', CASE WHEN NOT t.typisdefined THEN '{}' ELSE array_remove(ARRAY[
            'INPUT = ' || t.typinput,
            'OUTPUT = ' || t.typoutput,
            'RECEIVE = ' || nullif(t.typreceive::text, '-'),
            'SEND = ' || nullif(t.typsend::text, '-'),
            'TYPMOD_IN = ' || nullif(t.typmodin::text, '-'),
            'TYPMOD_OUT = ' || nullif(t.typmodout::text, '-'),
            'ANALYZE = ' || nullif(t.typanalyze::text, '-'),
            'SUBSCRIPT = ' || nullif(t.typsubscript::text, '-'), -- from 14
            'INTERNALLENGTH = ' || CASE t.typlen WHEN -1 THEN 'variable' WHEN -2 THEN NULL ELSE t.typlen::text END,
            CASE WHEN t.typbyval THEN 'PASSEDBYVALUE' END,
            'ALIGNMENT = ' || CASE t.typalign WHEN 'c' THEN 'char' WHEN 's' THEN 'int2' WHEN 'd' THEN 'double' ELSE 'int4' END,
            'STORAGE = ' || CASE t.typstorage
                WHEN 'e' THEN 'external' WHEN 'x' THEN 'extended' WHEN 'm' THEN 'main' ELSE 'plain'
            END,
            'CATEGORY = ' || quote_literal(t.typcategory::text),
            CASE WHEN t.typispreferred THEN 'PREFERRED = true' END,
            'DEFAULT = ' || coalesce(pg_get_expr(t.typdefaultbin, 'pg_type'::regclass), quote_literal(t.typdefault)),
            'ELEMENT = ' || CASE WHEN t.typelem <> 0 THEN format_type(t.typelem, NULL) END,
            'DELIMITER = ' || CASE WHEN t.typdelim <> ',' THEN quote_literal(t.typdelim::text) END,
            CASE WHEN t.typcollation <> 0 THEN 'COLLATABLE = true' END
        ], NULL) END
    )
END)::json
FROM pg_type t
JOIN space n ON n.oid = t.typnamespace
LEFT JOIN pg_class c ON c.oid = t.typrelid
CROSS JOIN LATERAL (
    SELECT CASE t.typtype
        WHEN 'e' THEN 'enum' WHEN 'c' THEN 'composite' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range' ELSE 'base_type'
    END AS kind
) k
WHERE (t.typtype IN ('e', 'd', 'r', 'b', 'p') OR t.typtype = 'c' AND c.relkind = 'c')
  -- An array type comes with its element.
  AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
  AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_type'::regclass AND m.objid = t.oid)
