//! The safety copies of runs whose end nobody has heard: they were killed, or their connection broke.
//!
//! A service that is killed at each start, and started again, would fill the disk with them. So a run leaves a note beside the
//! copies, of its own copy and of the state that this is a copy of. Of several runs on the same state the first copy and the last
//! one stay: the last has what was written meanwhile, and the first is of before all of it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::backup::SafetyCopy;
use crate::conn::Target;
use crate::disk;
use crate::error::{Error, Result};

/// Runs that have begun, each on the same state.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Unheard {
    /// What their plans were made for: the ledger and the files.
    state: String,
    /// The copy that the first of them has taken.
    first: SafetyCopy,
    /// The copy that the last of them has taken.
    last: SafetyCopy,
}

impl Unheard {
    /// Notes beside the copies in `folder` that a run on `state` has taken `copy` of `target`; the copy of a run before it on the
    /// same state that is neither the first nor the last any more.
    ///
    /// # Errors
    /// The folder cannot be written to: nothing is noted.
    pub(super) fn note(folder: &Path, target: &Target, state: &str, copy: &SafetyCopy) -> Result<Option<SafetyCopy>> {
        let before = Self::read(folder, target).filter(|before| before.state == state);
        // Should the new note fail, the old one would be of other runs than the last ones.
        Self::strike(folder, target);
        if !folder.is_dir() {
            disk::make_private_folder(folder)?;
        }
        let path = path(folder, target);
        let first = before.as_ref().map_or(copy, |before| &before.first).clone();
        let runs = Self { state: state.to_owned(), first, last: copy.clone() };
        let text = serde_json::to_string(&runs).map_err(|error| Error::io("write", &path, error.into()))?;
        disk::write_private(&path, &(text + "\n"))?;
        Ok(before.filter(|before| before.last != before.first).map(|before| before.last))
    }

    fn read(folder: &Path, target: &Target) -> Option<Self> {
        serde_json::from_str(&std::fs::read_to_string(path(folder, target)).ok()?).ok()
    }

    /// Strikes the note: the end of the run is known.
    pub(super) fn strike(folder: &Path, target: &Target) {
        // Most runs find none.
        let _ = std::fs::remove_file(path(folder, target));
    }
}

fn path(folder: &Path, target: &Target) -> PathBuf {
    folder.join(format!(".{}.running", target.file_name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conn::SqliteTarget;

    #[test]
    fn the_first_and_the_last_of_one_state_stay() {
        let folder = tempfile::tempdir().unwrap();
        let copies = folder.path().join("backups");
        let target = |path: &str| Target::Sqlite(SqliteTarget { path: path.into() });
        let (walt, other) = (target("/srv/walt.db"), target("/srv/other/walt.db"));
        let copy = |path: &str| SafetyCopy { id: None, path: path.into(), bytes: 7, seconds: 0.5, removed: Vec::new() };
        let noted = |target: &Target, state: &str, name: &str| {
            let given_up = Unheard::note(&copies, target, state, &copy(name)).unwrap();
            given_up.map(|copy| copy.path.display().to_string())
        };
        assert_eq!(noted(&walt, "x", "1"), None);
        assert_eq!(noted(&walt, "x", "2"), None);
        assert_eq!(noted(&other, "x", "of another"), None);
        assert_eq!(noted(&walt, "x", "3"), Some("2".to_owned()));
        assert_eq!(noted(&walt, "x", "4"), Some("3".to_owned()));
        // Something was done meanwhile.
        assert_eq!(noted(&walt, "y", "5"), None);
        assert_eq!(noted(&walt, "x", "6"), None);
        Unheard::strike(&copies, &walt);
        assert_eq!(noted(&walt, "x", "7"), None);
        std::fs::write(path(&copies, &walt), "not what we write").unwrap();
        assert_eq!(noted(&walt, "x", "8"), None);
        Unheard::strike(&copies, &other);
        Unheard::strike(&copies, &walt);
        assert_eq!(std::fs::read_dir(&copies).unwrap().count(), 0);
    }
}
