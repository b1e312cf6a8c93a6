//! The log lies in a folder of its own.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "wal-elsewhere",
    severity: Severity::Error,
    title: "the log lies in a folder of its own",
    why: "The new cluster would have its log in its data folder, on another disk than it was put on.",
    old_before: None,
    new_from: None,
    look: Look::Machine(look),
    example: &[],
};

fn look(machine: &Machine) -> Vec<Found> {
    let found = |place: &std::path::PathBuf| Found {
        object: machine.data.join("pg_wal").display().to_string(),
        evidence: format!("it is a link to {}", place.display()),
        mend: "with the server stopped, move it back into the data folder; link it out again afterwards".to_owned(),
    };
    machine.wal_elsewhere.iter().map(found).collect()
}
