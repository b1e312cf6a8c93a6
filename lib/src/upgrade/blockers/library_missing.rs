//! A library of functions is not there for the new version.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "library-missing",
    severity: Severity::Error,
    title: "a library of functions is not there for the new version",
    why: "pg_upgrade loads each of them, and refuses where one fails.",
    old_before: None,
    new_from: None,
    look: Look::SiftedDatabases(
        "
SELECT p.probin, pg_catalog.min(p.oid::regprocedure::text) FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE l.lanname = 'c' AND p.oid >= 16384 AND p.probin IS NOT NULL GROUP BY p.probin ORDER BY 1",
        sift,
    ),
    example: &["CREATE FUNCTION tacked_on() RETURNS trigger LANGUAGE c AS '$libdir/refint', 'check_primary_key'"],
};

fn sift(row: &[Option<String>], machine: &Machine) -> Option<Found> {
    let [Some(library), Some(function)] = row else { return None };
    let file = machine.new_library(library)?;
    (!file.exists()).then(|| Found {
        object: library.clone(),
        evidence: format!("{function} is in it, and {} is not there", file.display()),
        mend: format!("install it for version {}, or drop what is in it", machine.to.major),
    })
}
