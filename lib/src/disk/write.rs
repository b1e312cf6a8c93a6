//! Writing so that a file is there whole or not at all.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result, move_away};

/// Writes a new file: aside, synced, then named. Fails if `path` exists.
///
/// # Errors
/// The file exists, or the folder cannot be written. Nothing is left behind.
pub fn write_new(path: &Path, text: &str) -> Result<()> {
    let part = part_of(path);
    let written = write_part(&part, text).and_then(|()| {
        // A hard link, other than a rename, fails where the name is taken, even if it was taken a moment ago.
        std::fs::hard_link(&part, path)
    });
    let _ = std::fs::remove_file(&part);
    match written {
        Ok(()) => sync_folder(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.symlink_metadata().is_ok() => {
            Err(Error::new(ErrorKind::Refused, format!("{} exists already", path.display()))
                .source(error)
                .hint(format!("nothing was written; {}", move_away(path))))
        }
        Err(error) => Err(Error::io("write", path, error)),
    }
}

/// Writes a file in place of the one that may be there: aside, synced, then renamed, so that a reader sees the old or the new
/// one and nothing between. A symbolic link stays, and what it leads to is replaced; owner and rights stay.
///
/// # Errors
/// The folder cannot be written. Nothing is left behind.
pub fn write_over(path: &Path, text: &str) -> Result<()> {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let part = part_of(&real);
    let written = write_part(&part, text).and_then(|()| match std::fs::metadata(&real) {
        Ok(before) => {
            // Only root may give a file away, and then its owner is to be able to read it as before.
            if rustix::process::geteuid().is_root() {
                std::os::unix::fs::chown(&part, Some(before.uid()), Some(before.gid()))?;
            }
            std::fs::set_permissions(&part, before.permissions())
        }
        Err(_) => Ok(()),
    });
    let named = written.and_then(|()| std::fs::rename(&part, &real));
    if let Err(error) = named {
        let _ = std::fs::remove_file(&part);
        return Err(Error::io("write", path, error));
    }
    sync_folder(&real)
}

/// The same for everybody's eyes: 0644, whatever the file before had.
///
/// # Errors
/// The folder cannot be written. Nothing is left behind.
pub fn write_public(path: &Path, text: &str) -> Result<()> {
    write_with_rights(path, text, 0o644)
}

/// The same for this user's eyes only: 0600, whatever the file before had.
///
/// # Errors
/// The folder cannot be written. Nothing is left behind.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    write_with_rights(path, text, 0o600)
}

fn write_with_rights(path: &Path, text: &str, rights: u32) -> Result<()> {
    let part = part_of(path);
    // One that a killed process left would keep its rights.
    let _ = std::fs::remove_file(&part);
    let written = OpenOptions::new().write(true).create_new(true).mode(rights).open(&part).and_then(|mut file| {
        // What the process masks out of new files' rights is asked for again.
        file.set_permissions(Permissions::from_mode(rights))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    if let Err(error) = written.and_then(|()| std::fs::rename(&part, path)) {
        let _ = std::fs::remove_file(&part);
        return Err(Error::io("write", path, error));
    }
    sync_folder(path)
}

/// Makes a folder for this user alone, 0700, or makes one that is there so; the folders above it as usual.
///
/// # Errors
/// It cannot be made, or is somebody else's.
pub fn make_private_folder(path: &Path) -> Result<()> {
    make_folder(path)?;
    let rights = Permissions::from_mode(0o700);
    std::fs::set_permissions(path, rights).map_err(|source| Error::io("take the rights of others to", path, source))
}

/// Makes the folder that a new file is to lie in, where it is missing.
///
/// # Errors
/// It cannot be made.
pub fn make_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|source| Error::io("make the folder", path, source))
}

/// Makes what is already written at `part` durable under the first of `names` that nothing has yet, and says which: syncs the
/// file, names it, syncs the folder. Two processes that want one name at once get two, and nothing is written over.
///
/// # Errors
/// Any of the three fails; `part` is left where it is.
pub fn commit_new(part: &Path, names: impl Iterator<Item = PathBuf>) -> Result<PathBuf> {
    File::open(part).and_then(|file| file.sync_all()).map_err(|source| Error::io("sync", part, source))?;
    for path in names.filter(|path| path.symlink_metadata().is_err()) {
        let named = std::fs::hard_link(part, &path).and_then(|()| std::fs::remove_file(part));
        let named = match named {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            // Not every file system has hard links.
            Err(_) if path.symlink_metadata().is_err() => std::fs::rename(part, &path),
            named => named,
        };
        named.map_err(|source| {
            Error::io("rename", part, source).context(format!("cannot name it {}", path.display()))
        })?;
        sync_folder(&path)?;
        return Ok(path);
    }
    Err(Error::new(ErrorKind::Io, format!("there is no free name for {}", part.display())))
}

/// Makes what is already written and synced at `part` the file `path`, and keeps the one that was there as `kept`. There is a
/// whole file at `path` at every moment.
///
/// # Errors
/// Something has the name `kept`, or the file system has no second names for a file: `path` is as it was.
pub fn replace_keeping(part: &Path, path: &Path, kept: &Path) -> Result<()> {
    std::fs::hard_link(path, kept).map_err(|source| {
        Error::io("keep the old file as", kept, source).hint(
            "where the file system has no hard links: restore into a new file, and rename both by hand: --into FILE",
        )
    })?;
    if let Err(source) = std::fs::rename(part, path) {
        let _ = std::fs::remove_file(kept);
        return Err(Error::io("rename", part, source));
    }
    sync_folder(path)
}

/// A name beside `path` that is this process's own.
fn part_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

fn write_part(part: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// The new name itself must survive a power failure.
fn sync_folder(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| Error::io("sync the folder", folder, source))
}
