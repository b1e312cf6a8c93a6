//! Template0 takes connections.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "template0-open",
    severity: Severity::Error,
    title: "template0 takes connections",
    why: "The new template0 is taken as it was made, so that nothing may have been put into the old one.",
    old_before: None,
    new_from: None,
    look: Look::Cluster(
        "
SELECT datname, 'datallowconn is true', 'ALTER DATABASE template0 ALLOW_CONNECTIONS false'
FROM pg_catalog.pg_database WHERE datname = 'template0' AND datallowconn",
    ),
    example: &["ALTER DATABASE template0 ALLOW_CONNECTIONS true"],
};
