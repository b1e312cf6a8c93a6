//! A password is kept as MD5.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "old-password-hash",
    severity: Severity::Note,
    title: "a password is kept as MD5",
    why: "It still works, and 18 warns of it: MD5 will be taken out.",
    old_before: None,
    new_from: Some(18),
    look: Look::Cluster(
        "
SELECT rolname, 'rolpassword begins with md5', '\\password ' || pg_catalog.quote_ident(rolname) || ' in psql, with password_encryption = scram-sha-256'
FROM pg_catalog.pg_authid WHERE rolpassword LIKE 'md5%' ORDER BY rolname",
    ),
    example: &["SET password_encryption = md5", "CREATE ROLE old_hash PASSWORD 'x'"],
};
