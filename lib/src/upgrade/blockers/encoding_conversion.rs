//! A conversion of encodings is made of a function that has other arguments.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "encoding-conversion",
    severity: Severity::Error,
    title: "a conversion of encodings is made of a function that has other arguments",
    why: "From 14 on such a function has another form: making it in the new cluster fails.",
    old_before: Some(14),
    new_from: None,
    look: Look::Databases(
        "
SELECT n.nspname || '.' || c.conname, 'conversion by ' || c.conproc::regprocedure, 'DROP CONVERSION ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.conname)
FROM pg_catalog.pg_conversion c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace WHERE c.oid >= 16384 ORDER BY 1",
    ),
    example: &["CREATE CONVERSION own FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8"],
};
