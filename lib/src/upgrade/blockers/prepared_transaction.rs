//! A transaction is prepared and was never ended.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "prepared-transaction",
    severity: Severity::Error,
    title: "a transaction is prepared and was never ended",
    why: "pg_upgrade refuses a cluster with prepared transactions: they are not carried over.",
    old_before: None,
    new_from: None,
    look: Look::Cluster(
        "
SELECT gid, 'prepared ' || prepared || ' by ' || owner || ' in ' || database,
  'in ' || database || ': ROLLBACK PREPARED ' || pg_catalog.quote_literal(gid) || ', or COMMIT PREPARED'
FROM pg_catalog.pg_prepared_xacts ORDER BY gid",
    ),
    example: &["BEGIN", "CREATE TABLE half_done (a int)", "PREPARE TRANSACTION 'left'"],
};
