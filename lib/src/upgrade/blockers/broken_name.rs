//! A name has a line break in it.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "broken-name",
    severity: Severity::Error,
    title: "a name has a line break in it",
    why: "pg_dumpall refuses to write down a database with such a name: pg_upgrade passes its check and then fails.",
    old_before: None,
    new_from: None,
    look: Look::Cluster(
        "
SELECT pg_catalog.quote_ident(datname), 'the database has a line break in its name', 'ALTER DATABASE ' || pg_catalog.quote_ident(datname) || ' RENAME TO …'
FROM pg_catalog.pg_database WHERE datname ~ '[\\r\\n]' ORDER BY datname",
    ),
    example: &["CREATE DATABASE \"new\nline\""],
};
