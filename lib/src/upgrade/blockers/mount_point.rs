//! The data folder is a mount point.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "mount-point",
    severity: Severity::Error,
    title: "the data folder is a mount point",
    why: "The new data folder takes its place by a rename, and what is mounted cannot be renamed.",
    old_before: None,
    new_from: None,
    look: Look::Machine(look),
    example: &[],
};

fn look(machine: &Machine) -> Vec<Found> {
    let found = || Found {
        object: machine.data.display().to_string(),
        evidence: "it is on another file system than the folder above it".to_owned(),
        mend: "mount the file system one folder higher, with the data folder inside of it".to_owned(),
    };
    if machine.is_mount { vec![found()] } else { Vec::new() }
}
