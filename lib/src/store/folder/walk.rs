//! What lies below the folder: objects, and what dead writers left.

use std::io;
use std::path::Path;

use crate::error::Result;

use super::super::{Object, check_name};
use super::part::{is_part, remove_dead};
use super::{failed, is_missing};

/// The objects below `root` whose names begin with `under`, sorted by name; none where there is no folder. Symbolic links are not
/// followed.
pub(super) fn list(root: &Path, under: &str) -> Result<Vec<Object>> {
    let mut objects = Vec::new();
    let folder = under.rsplit_once('/').map_or("", |(folder, _)| folder);
    // A name that is none leads nowhere, and not out of the store.
    if !folder.is_empty() && check_name(folder).is_err() {
        return Ok(objects);
    }
    if root.metadata().is_ok_and(|metadata| !metadata.is_dir()) {
        return Err(failed("read the folder", root, io::ErrorKind::NotADirectory.into()));
    }
    collect(&root.join(folder), folder, under, &mut objects)?;
    objects.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(objects)
}

fn collect(folder: &Path, named: &str, under: &str, objects: &mut Vec<Object>) -> Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if is_missing(&error) => return Ok(()),
        Err(error) => return Err(failed("read the folder", folder, error)),
    };
    for entry in entries {
        let entry = entry.map_err(|error| failed("read the folder", folder, error))?;
        let Some(step) = entry.file_name().to_str().map(str::to_owned) else { continue };
        let name = if named.is_empty() { step } else { format!("{named}/{step}") };
        // Removed since the folder was read: no object any more.
        let Ok(metadata) = entry.metadata() else { continue };
        if check_name(&name).is_err() {
            continue;
        }
        let within = name.starts_with(under) || under.starts_with(&name);
        if metadata.is_dir() && within {
            collect(&entry.path(), &name, under, objects)?;
        } else if metadata.is_file() && name.starts_with(under) {
            objects.push(Object { name, bytes: metadata.len() });
        }
    }
    Ok(())
}

/// Removes the parts of dead writers below `folder`, and the folders in it that are empty then. What cannot be removed stays.
/// Whether anything was removed.
pub(super) fn sweep(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    let mut removed = false;
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        let path = entry.path();
        if kind.is_dir() {
            // An empty folder that was so before is somebody else's.
            removed |= sweep(&path) && std::fs::remove_dir(&path).is_ok();
        } else if kind.is_file() && entry.file_name().to_str().is_some_and(is_part) {
            removed |= remove_dead(&path);
        }
    }
    removed
}

/// Removes the folders between `root` and the removed file `path` that are empty now.
pub(super) fn remove_empty(root: &Path, path: &Path) {
    for folder in path.ancestors().skip(1).take_while(|folder| *folder != root && folder.starts_with(root)) {
        match std::fs::remove_dir(folder) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(_) => return,
        }
    }
}
