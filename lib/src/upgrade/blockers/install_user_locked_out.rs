//! The bootstrap superuser cannot log in.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "install-user-locked-out",
    severity: Severity::Error,
    title: "the bootstrap superuser cannot log in",
    why: "pg_upgrade connects as the role that made the cluster, and no other will do.",
    old_before: None,
    new_from: None,
    look: Look::Cluster(
        "
SELECT rolname, 'it has ' || CASE WHEN NOT rolcanlogin THEN 'NOLOGIN' ELSE 'NOSUPERUSER' END,
  'ALTER ROLE ' || pg_catalog.quote_ident(rolname) || ' LOGIN SUPERUSER'
FROM pg_catalog.pg_roles WHERE oid = 10 AND (NOT rolcanlogin OR NOT rolsuper)",
    ),
    example: &["CREATE ROLE second SUPERUSER LOGIN", "ALTER ROLE CURRENT_USER NOLOGIN"],
};
