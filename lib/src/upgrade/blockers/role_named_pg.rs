//! A role has a name that is reserved.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "role-named-pg",
    severity: Severity::Error,
    title: "a role has a name that is reserved",
    why: "Names that begin with pg_ are for the roles of PostgreSQL itself: making it in the new cluster fails.",
    old_before: None,
    new_from: None,
    look: Look::Cluster(
        "
SELECT rolname, 'a role of this cluster, oid ' || oid, 'ALTER ROLE ' || pg_catalog.quote_ident(rolname) || ' RENAME TO another name'
FROM pg_catalog.pg_roles WHERE rolname ~ '^pg_' AND oid >= 16384 ORDER BY rolname",
    ),
    example: &["CREATE ROLE mortal", "UPDATE pg_authid SET rolname = 'pg_mortal' WHERE rolname = 'mortal'"],
};
