//! A column holds a number of an object.

use super::blocker::{Blocker, Look};
use super::columns_of::columns_of;
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "reg-column",
    severity: Severity::Error,
    title: "a column holds a number of an object",
    why: "Types as regproc and regoper hold numbers of objects, which are others in the new cluster.",
    old_before: None,
    new_from: None,
    look: Look::Databases(columns_of!(
        "SELECT t.oid FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
    WHERE tn.nspname = 'pg_catalog' AND t.typname IN ('regcollation', 'regconfig', 'regdictionary', 'regnamespace', 'regoper', 'regoperator', 'regproc', 'regprocedure')"
    )),
    example: &["CREATE TABLE by_number (a regproc[])"],
};
