//! A column is of type aclitem.

use super::blocker::{Blocker, Look};
use super::columns_of::columns_of;
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "aclitem-column",
    severity: Severity::Error,
    title: "a column is of type aclitem",
    why: "Its form on disk is another one from 16 on.",
    old_before: Some(16),
    new_from: Some(16),
    look: Look::Databases(columns_of!("SELECT 'pg_catalog.aclitem'::pg_catalog.regtype")),
    example: &["CREATE TABLE rights (a aclitem)"],
};
