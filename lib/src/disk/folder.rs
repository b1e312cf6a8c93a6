//! Folders with files of a kind.

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// A file of a folder, with its name and raw bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Name inside the folder.
    pub name: String,
    /// The path as a message shows it.
    pub path: PathBuf,
    /// Its content.
    pub bytes: std::borrow::Cow<'static, [u8]>,
}

/// The files directly in `folder` whose name `wanted` accepts, sorted by name.
///
/// # Errors
/// The folder is missing or no folder ([`ErrorKind::Source`]), or a wanted entry is a folder or has a name that is not UTF-8; the
/// folder or a file cannot be read ([`ErrorKind::Io`]).
pub fn read_folder(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<SourceFile>> {
    let entries = std::fs::read_dir(folder).map_err(|source| unreadable(folder, source))?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|source| Error::io("read the folder", folder, source))?;
        let path = entry.path();
        let name = entry.file_name();
        if !wanted(&name.to_string_lossy()) {
            continue;
        }
        let name = name.into_string().map_err(|_| no_text(&path))?;
        let bytes = std::fs::read(&path).map_err(|source| not_a_file(folder, &path, source))?;
        files.push(SourceFile { name, path, bytes: bytes.into() });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// The files that `wanted` accepts in `folder`, and in the folders directly in it those that end with one of `inner`: these
/// are named `folder/file`. Hidden folders are passed over, and so is what else lies there.
///
/// # Errors
/// As [`read_folder`].
pub fn read_tree(folder: &Path, wanted: impl Fn(&str) -> bool, inner: &[&str]) -> Result<Vec<SourceFile>> {
    let mut files = read_folder(folder, &wanted)?;
    for entry in std::fs::read_dir(folder).map_err(|source| unreadable(folder, source))? {
        let entry = entry.map_err(|source| Error::io("read the folder", folder, source))?;
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        if !is_folder || name.starts_with('.') || wanted(&name) {
            continue;
        }
        let below = read_folder(&entry.path(), |name| inner.iter().any(|ending| name.ends_with(ending)))?;
        files.extend(below.into_iter().map(|file| SourceFile { name: format!("{name}/{}", file.name), ..file }));
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn no_text(path: &Path) -> Error {
    Error::new(ErrorKind::Source, format!("the name of {} is not UTF-8", path.display()))
        .hint("give the file another name")
}

fn not_a_file(folder: &Path, path: &Path, source: std::io::Error) -> Error {
    if source.kind() != std::io::ErrorKind::IsADirectory {
        return Error::io("read", path, source).hint(format!("type: ls -l {}", path.display()));
    }
    Error::new(ErrorKind::Source, format!("{} is a folder where a file should be", path.display()))
        .hint(format!("type: ls -la {}", folder.display()))
}

fn unreadable(folder: &Path, source: std::io::Error) -> Error {
    let shown = folder.display();
    match source.kind() {
        std::io::ErrorKind::NotFound => {
            Error::new(ErrorKind::Source, format!("there is no folder {shown}")).hint(format!("type: mkdir -p {shown}"))
        }
        std::io::ErrorKind::NotADirectory => Error::new(ErrorKind::Source, format!("{shown} is not a folder")),
        _ => Error::io("read the folder", folder, source).hint(format!("type: ls -ld {shown}")),
    }
}
