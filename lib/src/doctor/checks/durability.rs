//! Settings that trade data for speed.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "durability",
    severity: Severity::Error,
    title: "a crash may lose or damage data",
    why: "Without fsync or full_page_writes a power cut leaves pages half written, which nothing repairs; the gain is \
             small, and synchronous_commit = off has most of it for the price of the last moments alone.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT name, setting, 'ALTER SYSTEM SET ' || name || ' = on; SELECT pg_reload_conf()'
FROM pg_catalog.pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off' ORDER BY name",
    example: &[],
};
