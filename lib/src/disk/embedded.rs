//! A folder that is part of the binary.

use include_dir::{Dir, File};

use super::SourceFile;

/// The files directly in `folder` and in the folders in it, sorted by name: what [`read_tree`](super::read_tree) reads from
/// the disk.
pub fn embedded(folder: &'static Dir<'static>) -> Vec<SourceFile> {
    let mut files: Vec<SourceFile> = folder.files().filter_map(|file| source(file, None)).collect();
    for inner in folder.dirs() {
        let name = inner.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        files.extend(inner.files().filter_map(|file| source(file, Some(&name))));
    }
    files.retain(|file| !file.name.starts_with('.'));
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

fn source(file: &'static File<'static>, folder: Option<&str>) -> Option<SourceFile> {
    let name = file.path().file_name()?.to_string_lossy();
    let name = folder.map_or_else(|| name.to_string(), |folder| format!("{folder}/{name}"));
    Some(SourceFile { name, path: file.path().to_owned(), bytes: file.contents().into() })
}
