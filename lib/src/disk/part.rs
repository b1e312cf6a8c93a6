//! The unfinished file beside its later name.

use std::fs::{DirBuilder, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};

/// A file that is being written and has no name of its own yet; it goes unless it was given one.
///
/// It is locked for as long as somebody is at it: what lies there without a lock was left by one who was killed.
pub struct Part {
    path: PathBuf,
    file: File,
}

/// The same for a folder.
pub struct PartFolder {
    path: PathBuf,
    /// Locked as a file's part is.
    _open: Option<File>,
}

/// Between making a file and locking it somebody may look: only what is older than this is taken for left.
const SURELY_LEFT: Duration = Duration::from_secs(60);
const SUFFIX: &str = ".part";

impl Part {
    /// An empty file in the folder of `path`, for this user's eyes only. Those that were left there go, if what they were for has a
    /// name that begins with `of`.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn beside(path: &Path, of: &str) -> Result<Self> {
        sweep(path, of);
        let part = unfinished_name(path);
        let mut options = OpenOptions::new();
        let made = options.write(true).create_new(true).mode(0o600).open(&part);
        let file = made.map_err(|error| Error::io("write", &part, error))?;
        // Where the file system has no locks, nobody sweeps either.
        let _ = file.try_lock();
        Ok(Self { path: part, file })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The open file.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

impl PartFolder {
    /// An empty folder beside `path`, for this user's eyes only. What was left there for a folder of this name goes.
    ///
    /// # Errors
    /// The folder around it cannot be written.
    pub fn beside(path: &Path) -> Result<Self> {
        sweep(path, &format!("{}.", path.file_name().unwrap_or_default().to_string_lossy()));
        let part = unfinished_name(path);
        DirBuilder::new().mode(0o700).create(&part).map_err(|error| Error::io("make the folder", &part, error))?;
        let open = File::open(&part).ok().filter(|open| open.try_lock().is_ok());
        Ok(Self { path: part, _open: open })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for PartFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// The name, beside `path`, of what is not finished yet: nobody else's.
pub fn unfinished_name(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // By chance: process numbers would not do, every container has the same.
    let own = RandomState::new().build_hasher().finish();
    path.with_file_name(format!(".{name}.{own:016x}{SUFFIX}"))
}

/// Removes what was left for files whose names begin with `of`, beside `path`.
fn sweep(path: &Path, of: &str) {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let front = format!(".{of}");
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let fits = name.to_str().is_some_and(|name| name.starts_with(&front) && name.ends_with(SUFFIX));
        if !fits || !is_left(&entry.path()) {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => drop(std::fs::remove_dir_all(entry.path())),
            _ => remove(&entry.path()),
        }
    }
}

fn is_left(part: &Path) -> bool {
    // A folder is open for reading alone.
    let opened = OpenOptions::new().write(true).open(part).or_else(|_| File::open(part));
    let Ok(file) = opened else { return false };
    let old = file
        .metadata()
        .and_then(|about| about.modified())
        .is_ok_and(|written| written.elapsed().is_ok_and(|age| age > SURELY_LEFT));
    old && file.try_lock().is_ok()
}

fn remove(part: &Path) {
    let _ = std::fs::remove_file(part);
    // An SQLite database in WAL mode has these while it is read.
    for suffix in ["-wal", "-shm"] {
        let mut log = part.as_os_str().to_owned();
        log.push(suffix);
        let _ = std::fs::remove_file(log);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn what_was_left_goes_and_what_somebody_is_at_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("walt.db");
        let old = SystemTime::now() - 2 * SURELY_LEFT;
        let age = |path: &Path| File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
        let left = |name: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, "x").unwrap();
            path
        };
        let at_work = Part::beside(&path, "walt.db.").unwrap();
        let (killed, log) = (left(".walt.db.0123456789abcdef.part"), left(".walt.db.0123456789abcdef.part-wal"));
        let young = left(".walt.db.1123456789abcdef.part");
        let others = left(".capsul.db.0123456789abcdef.part");
        for path in [at_work.path(), &killed, &others] {
            age(path);
        }
        let mut second = Part::beside(&path, "walt.db.").unwrap();
        assert_eq!(second.file().metadata().unwrap().len(), 0);
        let there = [at_work.path(), second.path(), &killed, &log, &young, &others].map(Path::exists);
        assert_eq!(there, [true, true, false, false, true, true]);
        let (first, second_path) = (at_work.path().to_owned(), second.path().to_owned());
        drop((at_work, second));
        assert!(!first.exists() && !second_path.exists());
    }

    #[test]
    fn a_folder_that_was_left_goes_with_all_that_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let old = SystemTime::now() - 2 * SURELY_LEFT;
        let left = folder.path().join(".out.0123456789abcdef.part");
        std::fs::create_dir(&left).unwrap();
        std::fs::write(left.join("toc.dat"), "x").unwrap();
        let at_work = PartFolder::beside(&path).unwrap();
        for path in [&left, at_work.path()] {
            File::open(path).unwrap().set_modified(old).unwrap();
        }
        let second = PartFolder::beside(&path).unwrap();
        assert_eq!([left.as_path(), at_work.path(), second.path()].map(Path::exists), [false, true, true]);
        std::fs::rename(second.path(), &path).unwrap();
        drop((at_work, second));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
