//! A column holds a row of a system table.

use super::blocker::{Blocker, Look};
use super::columns_of::columns_of;
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "system-composite-column",
    severity: Severity::Error,
    title: "a column holds a row of a system table",
    why: "What these rows are made of differs between versions.",
    old_before: None,
    new_from: None,
    look: Look::Databases(columns_of!(
        "SELECT t.oid FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
    WHERE t.typtype = 'c' AND (t.oid < 16384 OR tn.nspname = 'information_schema')"
    )),
    example: &["CREATE TABLE of_rows (a pg_catalog.pg_class)"],
};
