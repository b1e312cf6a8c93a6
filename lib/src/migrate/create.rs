//! `migrate new`: the files of a new migration.

use std::path::PathBuf;

use crate::disk;
use crate::error::Result;

use super::Folder;

/// Files that were written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Created {
    /// Their paths, the way up first.
    pub files: Vec<PathBuf>,
}

/// Writes the files of a new migration called `name`, in the folder's dialect; `now` is UTC as `YYYYMMDDHHMMSS`.
///
/// # Errors
/// The name has nothing that can stand in a file name, or a file cannot be written. Nothing is overwritten.
pub fn create(folder: &Folder, name: &str, now: &str) -> Result<Created> {
    let mut files = Vec::new();
    for file in folder.dialect.new_files(&folder.migrations, name, now)? {
        let path = folder.path.join(&file.name);
        if let (true, Some(inner)) = (file.name.contains('/'), path.parent()) {
            disk::make_folder(inner)?;
        }
        disk::write_new(&path, &file.text)?;
        files.push(path);
    }
    Ok(Created { files })
}
