-- Every note of the server on who needs whom, as `object part other part` for each pair of system catalogs and kind of need.
SELECT 'dependencies', d.classid, json_build_object('of', d.classid::bigint, 'on', d.refclassid::bigint, 'kind', d.deptype, 'pairs',
    string_agg(concat_ws(' ', d.objid, d.objsubid, d.refobjid, d.refobjsubid), ',')
)
FROM pg_depend d
WHERE d.objid >= 16384 OR d.refobjid >= 16384
GROUP BY d.classid, d.refclassid, d.deptype
