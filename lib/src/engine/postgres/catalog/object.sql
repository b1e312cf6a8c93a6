-- Every object of users, system catalog by system catalog; what nobody has claimed in the end is named.
SELECT 'objects', o.class, json_build_object('oids', string_agg(o.oid::text, ' '))
FROM (
    SELECT 'pg_class'::regclass::oid AS class, oid FROM pg_class
    UNION ALL
    SELECT 'pg_type'::regclass::oid AS class, oid FROM pg_type
    UNION ALL
    SELECT 'pg_proc'::regclass::oid AS class, oid FROM pg_proc
    UNION ALL
    SELECT 'pg_operator'::regclass::oid AS class, oid FROM pg_operator
    UNION ALL
    SELECT 'pg_opclass'::regclass::oid AS class, oid FROM pg_opclass
    UNION ALL
    SELECT 'pg_opfamily'::regclass::oid AS class, oid FROM pg_opfamily
    UNION ALL
    SELECT 'pg_amop'::regclass::oid AS class, oid FROM pg_amop
    UNION ALL
    SELECT 'pg_amproc'::regclass::oid AS class, oid FROM pg_amproc
    UNION ALL
    SELECT 'pg_am'::regclass::oid AS class, oid FROM pg_am
    UNION ALL
    SELECT 'pg_cast'::regclass::oid AS class, oid FROM pg_cast
    UNION ALL
    SELECT 'pg_collation'::regclass::oid AS class, oid FROM pg_collation
    UNION ALL
    SELECT 'pg_conversion'::regclass::oid AS class, oid FROM pg_conversion
    UNION ALL
    SELECT 'pg_constraint'::regclass::oid AS class, oid FROM pg_constraint
    UNION ALL
    SELECT 'pg_attrdef'::regclass::oid AS class, oid FROM pg_attrdef
    UNION ALL
    SELECT 'pg_language'::regclass::oid AS class, oid FROM pg_language
    UNION ALL
    SELECT 'pg_namespace'::regclass::oid AS class, oid FROM pg_namespace
    UNION ALL
    SELECT 'pg_rewrite'::regclass::oid AS class, oid FROM pg_rewrite
    UNION ALL
    SELECT 'pg_trigger'::regclass::oid AS class, oid FROM pg_trigger
    UNION ALL
    SELECT 'pg_event_trigger'::regclass::oid AS class, oid FROM pg_event_trigger
    UNION ALL
    SELECT 'pg_ts_parser'::regclass::oid AS class, oid FROM pg_ts_parser
    UNION ALL
    SELECT 'pg_ts_template'::regclass::oid AS class, oid FROM pg_ts_template
    UNION ALL
    SELECT 'pg_ts_dict'::regclass::oid AS class, oid FROM pg_ts_dict
    UNION ALL
    SELECT 'pg_ts_config'::regclass::oid AS class, oid FROM pg_ts_config
    UNION ALL
    SELECT 'pg_policy'::regclass::oid AS class, oid FROM pg_policy
    UNION ALL
    SELECT 'pg_statistic_ext'::regclass::oid AS class, oid FROM pg_statistic_ext
    UNION ALL
    SELECT 'pg_foreign_data_wrapper'::regclass::oid AS class, oid FROM pg_foreign_data_wrapper
    UNION ALL
    SELECT 'pg_foreign_server'::regclass::oid AS class, oid FROM pg_foreign_server
    UNION ALL
    SELECT 'pg_publication'::regclass::oid AS class, oid FROM pg_publication
    UNION ALL
    SELECT 'pg_publication_rel'::regclass::oid AS class, oid FROM pg_publication_rel
    UNION ALL -- from 15
    SELECT 'pg_publication_namespace'::regclass::oid AS class, oid FROM pg_publication_namespace -- from 15
    UNION ALL
    SELECT 'pg_extension'::regclass::oid AS class, oid FROM pg_extension
    UNION ALL
    SELECT 'pg_default_acl'::regclass::oid AS class, oid FROM pg_default_acl
    UNION ALL
    SELECT 'pg_transform'::regclass::oid AS class, oid FROM pg_transform
    UNION ALL
    SELECT 'pg_user_mapping'::regclass, umid FROM pg_user_mappings
) o
WHERE o.oid >= 16384
GROUP BY o.class
