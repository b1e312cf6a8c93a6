//! Template1 or the database postgres is missing.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "template-missing",
    severity: Severity::Error,
    title: "template1 or the database postgres is missing",
    why: "pg_upgrade connects to template1, and the new cluster has a database postgres that would not have been in the old one.",
    old_before: None,
    new_from: None,
    look: Look::Cluster(
        "
SELECT wanted, 'there is no database of this name', 'CREATE DATABASE ' || wanted || ' TEMPLATE template0'
FROM pg_catalog.unnest(ARRAY['template1', 'postgres']) AS wanted
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = wanted) ORDER BY wanted",
    ),
    example: &["UPDATE pg_database SET datname = 'moved' WHERE datname = 'postgres'"],
};
