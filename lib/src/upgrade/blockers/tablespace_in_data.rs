//! A tablespace lies in the data folder.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "tablespace-in-data",
    severity: Severity::Error,
    title: "a tablespace lies in the data folder",
    why: "It would go with the old data folder, and pg_upgrade warns of it and goes on.",
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
    // A place of its own that moves with the data folder is kept by a relative path, and means the same.
    let inside = std::path::Path::new(place).starts_with(&machine.data);
    inside.then(|| Found {
        object: name.clone(),
        evidence: format!("it is at {place}"),
        mend: format!("move what is in it: ALTER TABLE ALL IN TABLESPACE {name} SET TABLESPACE pg_default, then DROP TABLESPACE {name}"),
    })
}
