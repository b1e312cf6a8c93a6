//! Reading revision files and what lies around them.

use std::path::{Path, PathBuf};

use crate::disk;
use crate::error::{Error, ErrorKind, Result};
use crate::revisions::{File, Tool};

/// How far below the project an app may lie: `src/service/apps/shop`.
const DEPTH: usize = 4;

/// Folders with other people's files in them.
const SKIPPED: [&str; 8] = ["node_modules", "target", "vendor", "venv", "env", "site-packages", "build", "dist"];

/// An app of Django: its label, and the folder of its migrations.
pub(super) struct App {
    pub(super) label: String,
    pub(super) path: PathBuf,
}

/// The revision files in `dir`, named from `root`, sorted by app and name.
///
/// # Errors
/// The folder is missing or cannot be read, or has none of `tool`'s migrations in it.
pub(super) fn read(tool: Tool, dir: &Path, root: &Path) -> Result<Vec<File>> {
    // A folder that is not there is told by the same words for all.
    if tool == Tool::Alembic || !dir.is_dir() {
        return folder(dir, "", root);
    }
    let apps = apps(dir);
    if apps.is_empty() {
        let message = format!("no folder called migrations lies in {} or in the apps below it", dir.display());
        return Err(Error::new(ErrorKind::Source, message)
            .hint("set [migrations] dir in mainstay.toml to the folder of manage.py"));
    }
    let all: Result<Vec<Vec<File>>> = apps.iter().map(|app| folder(&app.path, &app.label, root)).collect();
    Ok(all?.concat())
}

/// Python's files in one folder. What is no UTF-8 in them stands in comments and texts: it does not matter here.
fn folder(dir: &Path, app: &str, root: &Path) -> Result<Vec<File>> {
    let wanted = |name: &str| name.ends_with(".py") && !name.starts_with(['.', '_']);
    let files = disk::read_folder(dir, wanted).map_err(|error| match dir.is_dir() {
        true => error,
        false => error.hint("or set [migrations] dir in mainstay.toml"),
    })?;
    let file = |file: disk::SourceFile| File {
        name: file.path.strip_prefix(root).unwrap_or(&file.path).display().to_string(),
        app: app.to_owned(),
        text: String::from_utf8_lossy(&file.bytes).into_owned(),
    };
    Ok(files.into_iter().map(file).collect())
}

/// Whose revisions lie in `dir` itself: the first file that is somebody's tells.
pub(super) fn tool_in(dir: &Path) -> Option<Tool> {
    let mut names = entries(dir);
    names.retain(|(name, is_folder)| !is_folder && name.ends_with(".py") && !name.starts_with(['.', '_']));
    names.iter().find_map(|(name, _)| Tool::of(&String::from_utf8_lossy(&std::fs::read(dir.join(name)).ok()?)))
}

/// The apps in `dir` and below: every folder `migrations` with Python's files in it. `dir` may be one itself.
pub(super) fn apps(dir: &Path) -> Vec<App> {
    let mut found = Vec::new();
    look(dir, DEPTH, &mut found);
    found.sort_by(|a, b| a.label.cmp(&b.label));
    found
}

fn look(dir: &Path, depth: usize, found: &mut Vec<App>) {
    let entries = entries(dir);
    let is_package = entries.iter().any(|(name, is_folder)| !is_folder && name.ends_with(".py"));
    if dir.file_name().is_some_and(|name| name == "migrations") && is_package {
        if let Some(label) = dir.parent().and_then(label) {
            found.push(App { label, path: dir.to_owned() });
        }
        return;
    }
    for (name, is_folder) in entries {
        if is_folder && depth > 0 && !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
            look(&dir.join(name), depth - 1, found);
        }
    }
}

/// An app's label: what its `apps.py` says, else the name of its folder.
fn label(app: &Path) -> Option<String> {
    let said = std::fs::read_to_string(app.join("apps.py")).ok().and_then(|text| {
        let line = text.lines().map(str::trim).find(|line| line.starts_with("label"))?;
        let value = line.split_once('=')?.1.trim();
        let quoted = value.strip_prefix(['"', '\''])?.split(['"', '\'']).next()?;
        Some(quoted.to_owned())
    });
    said.or_else(|| Some(app.canonicalize().ok()?.file_name()?.to_string_lossy().into_owned()))
}

/// The service's own packages and modules: what a file in it can import because it lies there. Folders of revisions are none.
pub(super) fn packages(root: &Path, dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for place in [root.to_owned(), root.join("src")] {
        for (name, is_folder) in entries(&place) {
            if !is_folder {
                found.extend(name.strip_suffix(".py").filter(|name| *name != "setup").map(str::to_owned));
                continue;
            }
            let path = place.join(&name);
            // A folder with the revisions in it counts only where it is a package besides.
            let is_package = match dir.starts_with(&path) {
                true => path.join("__init__.py").is_file(),
                false => entries(&path).iter().any(|(name, is_folder)| !is_folder && name.ends_with(".py")),
            };
            if is_package && !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
                found.push(name);
            }
        }
    }
    found
}

/// Names in `dir` and whether each is a folder, sorted; one that cannot be read has nothing. Links are no folders, so that there
/// is an end.
fn entries(dir: &Path) -> Vec<(String, bool)> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<(String, bool)> = entries
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.file_type().ok()?.is_dir())))
        .collect();
    names.sort();
    names
}
