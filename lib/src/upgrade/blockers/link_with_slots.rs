//! Logical slots cannot be carried over by --link.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "link-with-slots",
    severity: Severity::Error,
    title: "logical slots cannot be carried over by --link",
    why: "The new server is started for them before it was compared, and from then on there is no way back.",
    old_before: None,
    new_from: None,
    look: Look::SiftedCluster(
        "
SELECT slot_name FROM pg_catalog.pg_replication_slots WHERE slot_type = 'logical' AND pg_catalog.current_setting('server_version_num')::int >= 170000 ORDER BY 1",
        sift,
    ),
    example: &[],
};

fn sift(row: &[Option<String>], machine: &Machine) -> Option<Found> {
    let [Some(name)] = row else { return None };
    machine.links.then(|| Found {
        object: name.clone(),
        evidence: "a logical replication slot".to_owned(),
        mend: "upgrade by copying (without --link)".to_owned(),
    })
}
