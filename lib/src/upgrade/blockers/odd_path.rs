//! A path has characters that pg_upgrade does not take.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "odd-path",
    severity: Severity::Error,
    title: "a path has characters that pg_upgrade does not take",
    why: "It hands options to a shell, which reads them in its own way.",
    old_before: None,
    new_from: None,
    look: Look::Machine(look),
    example: &[],
};

fn look(machine: &Machine) -> Vec<Found> {
    let odd = |text: &str| text.chars().any(|c| !c.is_alphanumeric() && !"/._-+@~,:=".contains(c));
    let paths = [&machine.data, &machine.work, &machine.configuration];
    let shown = paths.iter().map(|path| path.display().to_string());
    shown
        .filter(|path| odd(path))
        .map(|path| Found {
            mend: "move it to a folder without spaces and quotes".to_owned(),
            evidence: "a space, a quote or a character that means something to a shell".to_owned(),
            object: path,
        })
        .take(1)
        .collect()
}
