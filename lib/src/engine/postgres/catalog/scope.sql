-- What the model covers: no system or temporary schema (both begin with pg_, which is reserved), no extension's object.
WITH space AS MATERIALIZED (
    SELECT n.oid, n.nspname, n.nspowner
    FROM pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), member AS MATERIALIZED (
    SELECT d.classid, d.objid FROM pg_depend d WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
), rel AS MATERIALIZED (
    SELECT c.oid, c.relname, n.nspname, c.relkind, c.relowner, c.relpersistence, c.relrowsecurity,
        c.relforcerowsecurity, c.relispartition, c.relispopulated, c.reltuples, c.relpages, c.reltoastrelid,
        c.reloptions, c.relpartbound, c.relam, c.reltablespace, c.relreplident, c.reloftype, c.reltype,
        c.relkind IN ('r', 'm') AS sized
    FROM pg_class c
    JOIN space n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
      AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
), family_member AS MATERIALIZED (
    -- Operators and functions of families, and the class or family that each of them goes with.
    SELECT d.refclassid AS owner_class, d.refobjid AS owner, concat_ws(' ',
        'OPERATOR', m.amopstrategy, m.amopopr::regoperator,
        'FOR ORDER BY ' || (
            SELECT quote_ident(n.nspname) || '.' || quote_ident(s.opfname)
            FROM pg_opfamily s JOIN pg_namespace n ON n.oid = s.opfnamespace WHERE s.oid = m.amopsortfamily
        )
    ) AS text
    FROM pg_amop m
    JOIN pg_depend d ON d.classid = 'pg_amop'::regclass AND d.objid = m.oid
     AND d.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass)
    WHERE m.oid >= 16384
    UNION ALL
    SELECT d.refclassid, d.refobjid, format('FUNCTION %s (%s, %s) %s',
        m.amprocnum, format_type(m.amproclefttype, NULL), format_type(m.amprocrighttype, NULL), m.amproc::regprocedure)
    FROM pg_amproc m
    JOIN pg_depend d ON d.classid = 'pg_amproc'::regclass AND d.objid = m.oid
     AND d.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass)
    WHERE m.oid >= 16384
), standard AS MATERIALIZED (
    -- The system makes it like a user's schema, and no record of its first privileges.
    SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'information_schema'
)
