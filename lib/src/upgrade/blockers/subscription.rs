//! A subscription has to be seen to.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "subscription",
    severity: Severity::Warning,
    title: "a subscription has to be seen to",
    why: "Before 17 it comes over switched off and without what it had reached: rows may come twice, or not at all.",
    old_before: Some(17),
    new_from: None,
    look: Look::Cluster(
        "
SELECT s.subname, 'in ' || d.datname, 'note what it has reached, and refresh it afterwards: ALTER SUBSCRIPTION ' || pg_catalog.quote_ident(s.subname) || ' REFRESH PUBLICATION WITH (copy_data = false)'
FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid ORDER BY 1",
    ),
    example: &["CREATE SUBSCRIPTION far CONNECTION 'host=/nowhere dbname=x' PUBLICATION p WITH (connect = false)"],
};
