-- What the model covers: no system or temporary schema (both begin with pg_, which is reserved), no extension's object.
WITH space AS MATERIALIZED (
    SELECT n.oid, n.nspname, n.nspowner
    FROM pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), member AS MATERIALIZED (
    SELECT d.classid, d.objid FROM pg_depend d WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
), locked AS MATERIALIZED (
    -- Asking for the size of a table would wait behind a session that holds or awaits it, its TOAST table or one of
    -- its indexes exclusively.
    SELECT coalesce(i.indrelid, t.oid, l.relation) AS oid
    FROM pg_locks l
    LEFT JOIN pg_index i ON i.indexrelid = l.relation
    LEFT JOIN pg_class t ON t.reltoastrelid = l.relation
    WHERE l.mode = 'AccessExclusiveLock' AND l.pid IS DISTINCT FROM pg_backend_pid() AND l.relation IS NOT NULL
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
), rel AS MATERIALIZED (
    SELECT c.oid, c.relname, n.nspname, c.relkind, c.relowner, c.relpersistence, c.relrowsecurity,
        c.relforcerowsecurity, c.relispartition, c.relispopulated, c.reltuples, c.relpages, c.reltoastrelid,
        c.reloptions, c.relpartbound,
        c.relkind IN ('r', 'm') AND c.oid NOT IN (SELECT k.oid FROM locked k) AS sized
    FROM pg_class c
    JOIN space n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
      AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
)
