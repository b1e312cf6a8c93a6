//! The cluster was not shut down in order.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "not-shut-down",
    severity: Severity::Error,
    title: "the cluster was not shut down in order",
    why: "What is in its log only would be lost: pg_upgrade takes a cluster that was shut down.",
    old_before: None,
    new_from: None,
    look: Look::Machine(look),
    example: &[],
};

fn look(machine: &Machine) -> Vec<Found> {
    let broken = machine.broken.as_ref().map(|evidence| Found {
        object: machine.data.display().to_string(),
        evidence: evidence.clone(),
        mend: "start it once and stop it; where it runs in a container or on another machine, stop it there".to_owned(),
    });
    broken.into_iter().collect()
}
