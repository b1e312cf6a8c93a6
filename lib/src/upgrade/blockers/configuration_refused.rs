//! The new version does not start with the configuration.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "configuration-refused",
    severity: Severity::Error,
    title: "the new version does not start with the configuration",
    why: "It was tried with postgresql.conf, what that includes, and pg_hba.conf as they are.",
    old_before: None,
    new_from: None,
    look: Look::Machine(look),
    example: &[],
};

fn look(machine: &Machine) -> Vec<Found> {
    let found = |words: &String| Found {
        object: machine.configuration.display().to_string(),
        evidence: words.clone(),
        mend: "see to what it says: the old server goes on with the old line until it is started anew".to_owned(),
    };
    machine.start_error.iter().map(found).collect()
}
