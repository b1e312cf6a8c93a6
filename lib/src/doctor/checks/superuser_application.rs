//! The service logs in as a superuser.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "superuser-application",
    severity: Severity::Warning,
    title: "the service logs in as a superuser",
    why: "Whoever gets at its password, or an SQL injection, gets at every database of the server, its files and its \
             programs.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT rolname, 'the role is a superuser', 'mainstay bootstrap makes an owner and a login without such rights: [database] owner and app in mainstay.toml'
FROM pg_catalog.pg_roles WHERE rolname = $ROLE AND rolsuper",
    example: &[],
};
