//! A setting is not known to the new version.

use super::Machine;
use super::blocker::{Blocker, Found, Look, renamed};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "setting-removed",
    severity: Severity::Error,
    title: "a setting is not known to the new version",
    why: "The new server would not start with it.",
    old_before: None,
    new_from: None,
    look: Look::SiftedCluster(
        "
SELECT DISTINCT s.name, s.sourcefile || ':' || s.sourceline FROM pg_catalog.pg_file_settings s WHERE s.name IS NOT NULL ORDER BY 1, 2",
        sift,
    ),
    example: &[],
};

fn sift(row: &[Option<String>], machine: &Machine) -> Option<Found> {
    let [Some(name), place] = row else { return None };
    machine.lacks_setting(name).then(|| Found {
        object: name.clone(),
        evidence: place.clone().unwrap_or_default(),
        mend: match renamed(name) {
            Some(now) => {
                format!("it is called {now} in version {}: write that beside it, or take it out", machine.to.major)
            }
            None => format!("take it out: ALTER SYSTEM RESET {name}, or delete its line"),
        },
    })
}
