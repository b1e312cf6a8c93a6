//! A database was dropped half way.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "invalid-database",
    severity: Severity::Error,
    title: "a database was dropped half way",
    why: "Its files may be gone already, and nobody can look into it: pg_upgrade refuses it.",
    old_before: None,
    new_from: None,
    look: Look::Cluster(
        "
SELECT datname, 'datconnlimit is -2: DROP DATABASE was interrupted', 'DROP DATABASE ' || pg_catalog.quote_ident(datname)
FROM pg_catalog.pg_database WHERE datconnlimit = -2 ORDER BY datname",
    ),
    example: &["CREATE DATABASE half_gone", "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'half_gone'"],
};
