//! Pages without checksums.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "checksums-off",
    severity: Severity::Note,
    title: "pages have no checksums",
    why: "What a disk damages is read as if it were right, and goes into backups. They cost a few percent, and are the \
             default from 18 on.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT 'data_checksums', current_setting('data_checksums'), 'with the server stopped: pg_checksums --enable -D ' || CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN current_setting('data_directory') ELSE 'DATA' END
WHERE current_setting('data_checksums') = 'off'",
    example: &[],
};
