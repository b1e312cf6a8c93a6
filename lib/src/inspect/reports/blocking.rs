//! Who waits for whom.

use crate::inspect::report::{Report, count, seconds, text};

pub(super) const REPORT: Report = Report {
    name: "blocking",
    about: "Sessions that wait for another one's lock, under the one that they wait for",
    advice: "The first of each group holds up the others. If it is `idle in transaction`, nobody is working there: \
             SELECT pg_terminate_backend(PID). One that waits in `depth` 2 waits for one that waits itself.",
    nothing: "nobody waits for anybody's lock",
    needs: None,
    columns: &[
        count("depth"),
        count("pid"),
        count("blocked_by"),
        text("role"),
        text("program"),
        text("state"),
        seconds("for"),
        text("wants"),
        text("query"),
    ],
    sql: "
WITH RECURSIVE waits AS (
  SELECT DISTINCT a.pid, b.blocker FROM pg_catalog.pg_stat_activity a, LATERAL unnest(pg_blocking_pids(a.pid)) AS b(blocker)
  WHERE a.wait_event_type = 'Lock' AND b.blocker <> 0),
tree AS (
  SELECT 0 AS depth, w.blocker AS pid, NULL::int AS blocked_by, ARRAY[w.blocker] AS path
  FROM (SELECT DISTINCT blocker FROM waits) w WHERE w.blocker NOT IN (SELECT pid FROM waits)
  UNION ALL
  SELECT t.depth + 1, w.pid, w.blocker, t.path || w.pid FROM tree t JOIN waits w ON w.blocker = t.pid
  WHERE w.pid <> ALL (t.path) AND t.depth < 50)
SELECT t.depth, t.pid, t.blocked_by, a.usename, a.application_name, a.state,
  round(EXTRACT(EPOCH FROM now() - COALESCE(a.state_change, a.backend_start))::numeric, 1),
  (SELECT l.mode || COALESCE(' on ' || l.relation::regclass::text, ' on ' || l.locktype)
   FROM pg_catalog.pg_locks l WHERE l.pid = t.pid AND NOT l.granted LIMIT 1),
  NULLIF(regexp_replace(a.query, '\\s+', ' ', 'g'), '')
FROM tree t LEFT JOIN pg_catalog.pg_stat_activity a USING (pid) ORDER BY t.path",
};
