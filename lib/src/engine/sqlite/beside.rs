//! Files of ours beside the database, for whoever may write to the database.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The path of `database` with `suffix` behind it.
pub(super) fn path(database: &Path, suffix: &str) -> PathBuf {
    let mut path = database.to_owned().into_os_string();
    path.push(suffix);
    PathBuf::from(path)
}

/// Opens `path`, made now if it is missing, with the database's own owner and rights: root may have been first here.
pub(super) fn open(path: &Path, database: &Path) -> Result<File> {
    open_or_make(path, database).map_err(|e| {
        let folder = super::open::folder(path).display();
        Error::io("open the lock file", path, e)
            .hint(format!("the database's folder must be writable: ls -ld {folder}"))
    })
}

fn open_or_make(path: &Path, database: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        opened => return opened,
    }
    let file = options.create(true).truncate(false).mode(0o600).open(path)?;
    if let Ok(model) = database.metadata() {
        // Refused only to those for whom there is nothing to change.
        let _ = file.set_permissions(model.permissions());
        let _ = fchown(&file, Some(model.uid()), Some(model.gid()));
    }
    Ok(file)
}
