//! A library that is loaded at start is not there for the new version.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "preload-library-missing",
    severity: Severity::Error,
    title: "a library that is loaded at start is not there for the new version",
    why: "The new server would not start.",
    old_before: None,
    new_from: None,
    look: Look::SiftedCluster(
        "
SELECT s.name, pg_catalog.btrim(one, ' \"') FROM pg_catalog.pg_settings s,
  pg_catalog.regexp_split_to_table(s.setting, ',') AS one
WHERE s.name IN ('shared_preload_libraries', 'session_preload_libraries', 'local_preload_libraries')
  AND pg_catalog.btrim(one, ' \"') <> '' ORDER BY 1, 2",
        sift,
    ),
    example: &[],
};

fn sift(row: &[Option<String>], machine: &Machine) -> Option<Found> {
    let [Some(setting), Some(library)] = row else { return None };
    let file = machine.new_library(library)?;
    (!file.exists()).then(|| Found {
        object: library.clone(),
        evidence: format!("{setting} names it, and {} is not there", file.display()),
        mend: format!("install it for version {}, or take it out of {setting}", machine.to.major),
    })
}
