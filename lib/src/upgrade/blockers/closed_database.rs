//! A database takes no connections.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "closed-database",
    severity: Severity::Error,
    title: "a database takes no connections",
    why: "pg_upgrade must look into every database but template0.",
    old_before: None,
    new_from: None,
    look: Look::Cluster(
        "
SELECT datname, 'datallowconn is false', 'ALTER DATABASE ' || pg_catalog.quote_ident(datname) || ' ALLOW_CONNECTIONS true, or drop it'
FROM pg_catalog.pg_database WHERE NOT datallowconn AND datname <> 'template0' AND datconnlimit <> -2 ORDER BY datname",
    ),
    example: &["CREATE DATABASE closed ALLOW_CONNECTIONS false"],
};
