//! How often a page was in memory already.

use crate::inspect::report::{Report, count, percent, text};

pub(super) const REPORT: Report = Report {
    name: "cache-hit",
    about: "How many of the pages that were asked for were in the server's memory",
    advice: "Below 99% on a service that answers people, the working set does not fit: more shared_buffers, an \
             index in place of whole reads, or fewer old rows. The operating system's own cache is not counted.",
    nothing: "nothing was read yet",
    needs: None,
    columns: &[text("what"), percent("hit"), count("from_memory"), count("from_disk")],
    sql: "
SELECT what, round(100.0 * hit / NULLIF(hit + read, 0), 2), hit, read FROM (
  SELECT 1 AS place, 'rows' AS what, sum(heap_blks_hit)::bigint AS hit, sum(heap_blks_read)::bigint AS read FROM pg_catalog.pg_statio_user_tables
  UNION ALL SELECT 2, 'indexes', sum(idx_blks_hit)::bigint, sum(idx_blks_read)::bigint FROM pg_catalog.pg_statio_user_tables
  UNION ALL SELECT 3, 'values stored outside', sum(COALESCE(toast_blks_hit, 0) + COALESCE(tidx_blks_hit, 0))::bigint,
    sum(COALESCE(toast_blks_read, 0) + COALESCE(tidx_blks_read, 0))::bigint FROM pg_catalog.pg_statio_user_tables) AS s
WHERE hit + read > 0 ORDER BY place",
};
