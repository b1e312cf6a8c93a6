//! A newer version of an extension is installed than the database uses.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "extension-outdated",
    severity: Severity::Note,
    title: "a newer version of an extension is installed than the database uses",
    why: "Corrections of it, also of holes, come with the update alone.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT e.extname, e.extversion || ', and ' || a.default_version || ' is installed', 'ALTER EXTENSION ' || quote_ident(e.extname) || ' UPDATE'
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_available_extensions a ON a.name = e.extname
WHERE e.extversion <> a.default_version
  AND EXISTS (SELECT FROM pg_catalog.pg_extension_update_paths(e.extname) p WHERE p.source = e.extversion AND p.target = a.default_version AND p.path IS NOT NULL)
ORDER BY e.extname",
    example: &["CREATE EXTENSION hstore VERSION '1.4'"],
};
