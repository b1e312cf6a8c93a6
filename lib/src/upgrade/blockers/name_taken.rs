//! Debian's tools know a cluster of the new version by the same name.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "name-taken",
    severity: Severity::Error,
    title: "Debian's tools know a cluster of the new version by the same name",
    why: "It is made by the installation of the new version's package, most often, and is empty.",
    old_before: None,
    new_from: None,
    look: Look::Machine(look),
    example: &[],
};

fn look(machine: &Machine) -> Vec<Found> {
    let found = |folder: &std::path::PathBuf| Found {
        object: folder.display().to_string(),
        evidence: "it is there".to_owned(),
        mend: format!("look what is in it; where it is empty: pg_dropcluster --stop {} NAME", machine.to.major),
    };
    machine.taken.iter().map(found).collect()
}
