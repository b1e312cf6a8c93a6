//! A column may be NULL that may not in the parent.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "not-null-not-inherited",
    severity: Severity::Error,
    title: "a column may be NULL that may not in the parent",
    why: "From 18 on what a parent demands holds for its children: making the table in the new cluster fails.",
    old_before: Some(18),
    new_from: Some(18),
    look: Look::Databases(
        "
SELECT i.inhrelid::regclass || '.' || pg_catalog.quote_ident(c.attname), 'NOT NULL in ' || i.inhparent::regclass,
  'ALTER TABLE ' || i.inhrelid::regclass || ' ALTER ' || pg_catalog.quote_ident(c.attname) || ' SET NOT NULL'
FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_attribute p ON p.attrelid = i.inhparent
JOIN pg_catalog.pg_attribute c ON c.attrelid = i.inhrelid AND c.attname = p.attname
WHERE p.attnum > 0 AND p.attnotnull AND NOT c.attnotnull ORDER BY 1",
    ),
    example: &[
        "CREATE TABLE above (a int NOT NULL)",
        "CREATE TABLE below () INHERITS (above)",
        "ALTER TABLE below ALTER a DROP NOT NULL",
    ],
};
