//! A folder that is part of the binary.

use include_dir::Dir;

use super::SourceFile;

/// The files directly in `folder`, sorted by name: what [`read_folder`](super::read_folder) reads from the disk.
pub fn embedded(folder: &'static Dir<'static>) -> Vec<SourceFile> {
    let mut files: Vec<SourceFile> = folder
        .files()
        .filter_map(|file| {
            let name = file.path().file_name()?.to_string_lossy().into_owned();
            Some(SourceFile { name, path: file.path().to_owned(), bytes: file.contents().into() })
        })
        .filter(|file| !file.name.starts_with('.'))
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}
