//! The server is run by a unit that is not ours to change.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "run-by-unit",
    severity: Severity::Error,
    title: "the server is run by a unit that is not ours to change",
    why: "systemd may start the old server again in the middle, and its unit names the programs of the old version.",
    old_before: None,
    new_from: None,
    look: Look::Machine(look),
    example: &[],
};

fn look(machine: &Machine) -> Vec<Found> {
    let foreign = machine.unit.iter().filter(|_| !machine.debian);
    foreign
        .map(|unit| Found {
            object: unit.clone(),
            evidence: "the server's process belongs to it".to_owned(),
            mend: format!(
                "systemctl stop {unit}; upgrade run; then let it start {}",
                machine.to.program("postgres").display()
            ),
        })
        .collect()
}
