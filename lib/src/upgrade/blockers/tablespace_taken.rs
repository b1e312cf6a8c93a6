//! A tablespace has files of the new version already.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "tablespace-taken",
    severity: Severity::Error,
    title: "a tablespace has files of the new version already",
    why: "They are of an upgrade that was given up; pg_upgrade refuses to write over them.",
    old_before: None,
    new_from: None,
    look: Look::SiftedCluster(
        "
SELECT spcname, pg_catalog.pg_tablespace_location(oid) FROM pg_catalog.pg_tablespace WHERE oid >= 16384 ORDER BY 1",
        sift,
    ),
    example: &[],
};

fn sift(row: &[Option<String>], machine: &Machine) -> Option<Found> {
    let [Some(name), Some(place)] = row else { return None };
    let taken = super::machine::folders_of(std::path::Path::new(place), machine.to.major);
    let first = taken.first()?;
    Some(Found {
        object: name.clone(),
        evidence: format!("{} is there", first.display()),
        mend: format!("make sure that no cluster uses it, then: rm -r {}", first.display()),
    })
}
