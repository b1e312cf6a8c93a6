//! An extension is not there for the new version.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "extension-missing",
    severity: Severity::Error,
    title: "an extension is not there for the new version",
    why: "Its functions cannot be loaded, and pg_upgrade refuses.",
    old_before: None,
    new_from: None,
    look: Look::SiftedDatabases(
        "
SELECT e.extname, e.extversion FROM pg_catalog.pg_extension e ORDER BY 1",
        sift,
    ),
    example: &["CREATE EXTENSION pg_trgm"],
};

fn sift(row: &[Option<String>], machine: &Machine) -> Option<Found> {
    let [Some(name), Some(version)] = row else { return None };
    let there = machine.new_extensions.as_ref()?.contains_key(name);
    (!there).then(|| Found {
        object: name.clone(),
        evidence: format!("version {version} is in use, and PostgreSQL {} has no {name}.control", machine.to.version),
        mend: format!(
            "install it for version {} (Debian: apt-get install postgresql-{0}-…), or DROP EXTENSION {name}",
            machine.to.major
        ),
    })
}
