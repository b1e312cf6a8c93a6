//! The database has no encoding.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "no-encoding",
    severity: Severity::Warning,
    title: "the database has no encoding",
    why: "SQL_ASCII takes every byte, so texts of different encodings lie beside each other, and another server or program \
             refuses them.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT datname, 'SQL_ASCII', 'find the texts that are no UTF-8, then: mainstay backup create; mainstay restore latest --encoding UTF8'
FROM pg_catalog.pg_database WHERE datname = current_database() AND encoding = 0",
    example: &[],
};
