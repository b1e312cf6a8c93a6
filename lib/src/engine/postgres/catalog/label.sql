SELECT 'label', l.objoid, json_build_object(
    'class', l.classoid::bigint,
    'part', l.objsubid,
    'provider', l.provider,
    'label', l.label
)
FROM pg_seclabel l
