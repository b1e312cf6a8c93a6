//! Every role may create objects in the schema public.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "public-schema-writable",
    severity: Severity::Warning,
    title: "every role may create objects in the schema public",
    why: "A role that can log in can put a function or table in the way of those that are meant, and have them run with \
             the rights of whoever calls. It was the default before PostgreSQL 15, and upgrades keep it.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT n.oid::regnamespace::text, 'CREATE is granted to PUBLIC', 'REVOKE CREATE ON SCHEMA ' || n.oid::regnamespace || ' FROM PUBLIC'
FROM pg_catalog.pg_namespace n, LATERAL aclexplode(COALESCE(n.nspacl, acldefault('n', n.nspowner))) AS a
WHERE n.nspname !~ '^pg_' AND a.grantee = 0 AND a.privilege_type = 'CREATE' ORDER BY 1",
    example: &["GRANT CREATE ON SCHEMA public TO PUBLIC"],
};
