//! `migrate new`: the files of a new migration.

use std::path::{Path, PathBuf};

use crate::dialect::{Body, NewFile};
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
    write(
        &folder.path,
        &folder.dialect.new_files(&folder.migrations, name, now, &Body { unwritten: true, ..Body::default() })?,
    )
}

/// Writes new files into the folder `path`: all of them, or none.
///
/// # Errors
/// A file is there already, or cannot be written.
pub fn write(path: &Path, files: &[NewFile]) -> Result<Created> {
    let mut created = Created { files: Vec::new() };
    for file in files {
        let path = path.join(&file.name);
        if let Err(error) = write_one(&path, file) {
            created.files.iter().for_each(|written| drop(std::fs::remove_file(written)));
            return Err(error);
        }
        created.files.push(path);
    }
    Ok(created)
}

fn write_one(path: &Path, file: &NewFile) -> Result<()> {
    if let (true, Some(inner)) = (file.name.contains('/'), path.parent()) {
        disk::make_folder(inner)?;
    }
    disk::write_new(path, &file.text)
}
