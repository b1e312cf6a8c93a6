//! There is not enough room on the disk.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "disk-full",
    severity: Severity::Error,
    title: "there is not enough room on the disk",
    why: "A full disk in the middle leaves a new cluster that is not whole.",
    old_before: None,
    new_from: None,
    look: Look::Machine(look),
    example: &[],
};

fn look(machine: &Machine) -> Vec<Found> {
    let short = machine.rooms.iter().filter_map(|room| {
        let free = room.free.filter(|free| *free < room.needed)?;
        Some(Found {
            object: room.folder.display().to_string(),
            evidence: format!("{} MB are free, and about {} MB are needed", free >> 20, room.needed >> 20),
            mend: "make room, or upgrade with --clone or --link, which copy no rows".to_owned(),
        })
    });
    short.collect()
}
