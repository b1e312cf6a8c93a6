//! The folder of a tablespace is not there.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "tablespace-missing",
    severity: Severity::Error,
    title: "the folder of a tablespace is not there",
    why: "pg_upgrade refuses, and what was in it cannot be read now either.",
    old_before: None,
    new_from: None,
    look: Look::SiftedCluster(
        "
SELECT spcname, pg_catalog.pg_tablespace_location(oid) FROM pg_catalog.pg_tablespace WHERE oid >= 16384 ORDER BY 1",
        sift,
    ),
    example: &[],
};

fn sift(row: &[Option<String>], _: &Machine) -> Option<Found> {
    let [Some(name), Some(place)] = row else { return None };
    (!std::path::Path::new(place).is_dir()).then(|| Found {
        object: name.clone(),
        evidence: format!("{place} is no folder"),
        mend: format!("mount or restore it, or DROP TABLESPACE {name}"),
    })
}
