//! A new cluster like the old one cannot be made.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "new-cluster-refused",
    severity: Severity::Error,
    title: "a new cluster like the old one cannot be made",
    why: "initdb of the new version was tried with what the old cluster was made with.",
    old_before: None,
    new_from: None,
    look: Look::Machine(look),
    example: &[],
};

fn look(machine: &Machine) -> Vec<Found> {
    let found = |words: &String| {
        Found {
        object: format!("initdb of PostgreSQL {}", machine.to.version),
        evidence: words.clone(),
        mend: "see to what it says: most often a locale that is not on this machine any more (Debian: dpkg-reconfigure locales)".to_owned(),
    }
    };
    machine.init_error.iter().map(found).collect()
}
