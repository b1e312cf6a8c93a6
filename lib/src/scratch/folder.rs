//! A throw-away folder.

use std::fs::{DirBuilder, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::error::{Error, Result};

const PREFIX: &str = "mainstay_scratch_";
const KEPT: &str = "mainstay_kept_";
const LOCK: &str = "lock";

/// A folder for our eyes only, gone with the value. A killed process's folder goes when the next one is made: the lock on the
/// file in it has ended with the process.
pub struct ScratchFolder {
    folder: PathBuf,
    /// Held as long as the folder is in use.
    _lock: File,
}

impl ScratchFolder {
    /// Makes it under `parent`.
    ///
    /// # Errors
    /// `parent` cannot be written to.
    pub fn create(parent: &Path) -> Result<Self> {
        sweep(parent);
        let number = RandomState::new().build_hasher().finish();
        let folder = parent.join(format!("{PREFIX}{number:016x}"));
        // Under its own name only once it is locked, so that nobody sweeps it away before.
        let aside = parent.join(format!(".{PREFIX}{number:016x}"));
        DirBuilder::new().mode(0o700).create(&aside).map_err(|e| Error::io("make the folder", &aside, e))?;
        let locked = lock(&aside).and_then(|lock| std::fs::rename(&aside, &folder).map(|()| lock));
        let lock = locked.map_err(|error| {
            let _ = std::fs::remove_dir_all(&aside);
            Error::io("make the folder", &folder, error)
        })?;
        Ok(Self { folder, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Leaves it where it is, under a name that no run sweeps away, and says where.
    ///
    /// # Errors
    /// It cannot be renamed; it is then removed as ever.
    pub fn keep(self) -> Result<PathBuf> {
        let name = self.folder.file_name().unwrap_or_default().to_string_lossy().replacen(PREFIX, KEPT, 1);
        let kept = self.folder.with_file_name(name);
        std::fs::rename(&self.folder, &kept).map_err(|e| Error::io("rename", &self.folder, e))?;
        let _ = std::fs::remove_file(kept.join(LOCK));
        Ok(kept)
    }
}

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn lock(folder: &Path) -> std::io::Result<File> {
    let file = File::create_new(folder.join(LOCK))?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    Ok(file)
}

/// Removes the folders of processes that are gone; what cannot be looked into is somebody else's.
fn sweep(parent: &Path) {
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)) {
        let Ok(file) = File::open(entry.path().join(LOCK)) else { continue };
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
