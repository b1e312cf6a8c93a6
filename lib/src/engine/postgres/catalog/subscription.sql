-- Not everyone may read every column: nobody but a superuser the connection, and before 14 not even the oid.
SELECT 'subscription',
    s.oid, -- from 14
    s.oid, -- before 14, when superuser
    0::oid, -- before 14, unless superuser
    json_build_object(
    'name', s.subname,
    'publications', ARRAY(SELECT p FROM unnest(s.subpublications) p ORDER BY p),
    'connection', s.subconninfo, -- when superuser
    'enabled', s.subenabled,
    'slot', s.subslotname,
    'options', array_remove(ARRAY[
        'binary=' || nullif(s.subbinary, false), -- from 14
        'streaming=' || CASE s.substream::text WHEN 't' THEN 'on' WHEN 'true' THEN 'on' WHEN 'p' THEN 'parallel' ELSE 'off' END, -- from 14
        CASE WHEN s.subtwophasestate <> 'd' THEN 'two_phase=on' END, -- from 15
        'disable_on_error=' || nullif(s.subdisableonerr, false), -- from 15
        'password_required=' || nullif(s.subpasswordrequired, true), -- from 16
        'run_as_owner=' || nullif(s.subrunasowner, false), -- from 16
        'origin=' || nullif(s.suborigin, 'any'), -- from 16
        'failover=' || nullif(s.subfailover, false), -- from 17
        'synchronous_commit=' || nullif(s.subsynccommit, 'off') -- from 14
        'synchronous_commit=' || nullif(s.subsynccommit, 'off') -- before 14, when superuser
        NULL -- before 14, unless superuser
    ], NULL),
    'comment', obj_description(s.oid, 'pg_subscription'), -- from 14
    'owner', pg_get_userbyid(s.subowner)
)
FROM pg_subscription s
WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
