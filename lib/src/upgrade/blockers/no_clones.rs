//! The file system makes no clones of files.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "no-clones",
    severity: Severity::Error,
    title: "the file system makes no clones of files",
    why: "--clone wants one that does: XFS with reflinks, Btrfs, ZFS from 2.2 on, APFS.",
    old_before: None,
    new_from: None,
    look: Look::Machine(look),
    example: &[],
};

fn look(machine: &Machine) -> Vec<Found> {
    let found = || Found {
        object: machine.data.display().to_string(),
        evidence: "a file in it could not be cloned".to_owned(),
        mend: "upgrade by copying (without --clone), or with --link".to_owned(),
    };
    if machine.clones == Some(false) { vec![found()] } else { Vec::new() }
}
