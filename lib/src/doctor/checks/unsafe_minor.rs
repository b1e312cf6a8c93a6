//! This minor version has a known fault that loses or damages data.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "unsafe-minor",
    severity: Severity::Warning,
    title: "this minor version has a known fault that loses or damages data",
    why: "Exporting a snapshot on a standby, which a parallel pg_dump does, could corrupt both the dump and the standby. \
             Source: the release notes of November 2025 and 2026.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT 'PostgreSQL ' || current_setting('server_version'), 'a standby older than ' || fixed, 'install the newest minor version, and start the server again'
FROM (VALUES (14, 140025, '14.25'), (15, 150020, '15.20'), (16, 160016, '16.16'), (17, 170012, '17.12'), (18, 180007, '18.7')) AS v(major, number, fixed)
WHERE pg_is_in_recovery() AND current_setting('server_version_num')::int / 10000 = major AND current_setting('server_version_num')::int < number",
    example: &[],
};
