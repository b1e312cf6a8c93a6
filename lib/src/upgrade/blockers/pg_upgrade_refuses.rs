//! Pg_upgrade --check refuses.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "pg-upgrade-refuses",
    severity: Severity::Error,
    title: "pg_upgrade --check refuses",
    why: "It has found what none of the other looks know.",
    old_before: None,
    new_from: None,
    look: Look::Machine(look),
    example: &[],
};

fn look(machine: &Machine) -> Vec<Found> {
    let found = |words: &String| Found {
        object: machine.data.display().to_string(),
        evidence: words.clone(),
        mend: "see to what it says".to_owned(),
    };
    machine.upgrade_error.iter().map(found).collect()
}
