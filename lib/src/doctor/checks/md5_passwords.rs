//! A password is kept as MD5.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "md5-passwords",
    severity: Severity::Warning,
    title: "a password is kept as MD5",
    why: "MD5 of name and password is enough to log in, and quick to guess; PostgreSQL 18 warns of it, and a later one \
             will not take it.",
    since: 0,
    seen_by: SeenBy::Superuser,
    sql: "
SELECT rolname, 'its password is hashed with MD5', 'ALTER SYSTEM SET password_encryption = ''scram-sha-256''; SELECT pg_reload_conf(); then set the password again'
FROM pg_catalog.pg_authid WHERE rolcanlogin AND rolpassword LIKE 'md5%' ORDER BY rolname",
    example: &[],
};
