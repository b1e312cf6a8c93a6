//! A file that is being written under a name of its own. Its writer holds a lock on it for as long as it lives, which tells
//! what a dead one left.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, ErrorKind, Result};

use super::{failed, walk};

/// What the name of every part ends in, and no other program's. Names of objects begin with no dot, so a part is none.
const ENDING: &str = ".mainstay-part";
/// A folder or a part may be cleaned away by others before it is ours for sure: so often it is made again.
const TRIES: usize = 100;

/// A part, removed when it is dropped.
pub(super) struct Part {
    root: PathBuf,
    path: PathBuf,
    /// Where it belongs.
    object: PathBuf,
    file: File,
}

impl Part {
    /// Begins the part of the file `object`, with the folders that it needs below `root` and `root` itself.
    pub(super) fn begin(root: &Path, object: PathBuf) -> Result<Self> {
        let path = aside(&object);
        for _ in 0..TRIES {
            make_folders(object.parent().unwrap_or(root))?;
            let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
            let file = match made {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(failed("write", &path, error)),
            };
            // A file system without locks has none to find, either: there, nothing is ever swept.
            let _ = file.try_lock();
            if file.metadata().is_ok_and(|metadata| metadata.nlink() > 0) {
                return Ok(Self { root: root.to_owned(), path, object, file });
            }
        }
        Err(Error::new(ErrorKind::Io, format!("{} is removed by somebody again and again", path.display())))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The open file.
    pub(super) fn file(&self) -> Result<File> {
        self.file.try_clone().map_err(|error| failed("write", &self.path, error))
    }

    /// Makes it durable under its own name, in place of what was there.
    pub(super) fn commit(self) -> Result<()> {
        self.sync()?;
        std::fs::rename(&self.path, &self.object).map_err(|error| failed("write", &self.object, error))?;
        self.sync_folder()
    }

    /// Makes it durable under its own name unless that is taken: was it free?
    pub(super) fn commit_new(self) -> Result<bool> {
        self.sync()?;
        // Other than a rename, a hard link fails where the name is taken.
        let named = match std::fs::hard_link(&self.path, &self.object) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => rename_new(&self.path, &self.object, error),
            named => named,
        };
        match named {
            Ok(()) => self.sync_folder().map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(failed("write", &self.object, error)),
        }
    }

    fn sync(&self) -> Result<()> {
        self.file.sync_all().map_err(|error| failed("sync", &self.path, error))
    }

    fn sync_folder(&self) -> Result<()> {
        sync_folder(self.object.parent().unwrap_or(&self.root))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After a rename the name is free, and what has taken it since would have another number.
        if std::fs::remove_file(&self.path).is_ok() {
            walk::remove_empty(&self.root, &self.path);
        }
    }
}

/// Removes the part at `path` if its writer is dead; whether it did.
pub(super) fn remove_dead(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| file.try_lock().is_ok() && std::fs::remove_file(path).is_ok())
}

/// Whether a file of this name is a part.
pub(super) fn is_part(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(ENDING)
}

/// A name beside `object` that is this writer's own.
fn aside(object: &Path) -> PathBuf {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = object.file_name().unwrap_or_default().to_string_lossy();
    // Containers that share a folder have the same process numbers.
    let chance = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), number) & 0xffff_ffff;
    object.with_file_name(format!(".{name}.{}-{number}-{chance:08x}{ENDING}", std::process::id()))
}

/// Renames where the name is free, on a file system without hard links; `error` is what the link has met.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_new(from: &Path, to: &Path, error: io::Error) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::EXIST) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => Err(error),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_new(_: &Path, _: &Path, error: io::Error) -> io::Result<()> {
    Err(error)
}

/// Makes `folder` and the folders above it where they are missing, for their owner alone.
fn make_folders(folder: &Path) -> Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().unwrap_or(Path::new(""));
    make_folders(above)?;
    match DirBuilder::new().mode(0o700).create(folder) {
        // The new name must survive a power failure, as those in it do.
        Ok(()) => sync_folder(above),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        // Cleaned away between the two: whoever needs it tries again.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed("make the folder", folder, error)),
    }
}

fn sync_folder(folder: &Path) -> Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let synced = File::open(folder).and_then(|open| open.sync_all());
    match synced {
        // Removed meanwhile, with what was in it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed("sync the folder", folder, error)),
        Ok(()) => Ok(()),
    }
}
