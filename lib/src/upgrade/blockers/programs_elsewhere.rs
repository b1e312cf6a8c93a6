//! Debian's tools would not find the programs of the new version.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "programs-elsewhere",
    severity: Severity::Error,
    title: "Debian's tools would not find the programs of the new version",
    why: "They start the server once it is upgraded, by the programs in their own place.",
    old_before: None,
    new_from: None,
    look: Look::Machine(look),
    example: &[],
};

fn look(machine: &Machine) -> Vec<Found> {
    let elsewhere = machine.usual_programs.iter().filter(|usual| usual.as_path() != machine.to.bin);
    elsewhere
        .map(|usual| Found {
            object: machine.to.bin.display().to_string(),
            evidence: format!("they look in {}", usual.display()),
            mend: format!("apt-get install postgresql-{}", machine.to.major),
        })
        .collect()
}
