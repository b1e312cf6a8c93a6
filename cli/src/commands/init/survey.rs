//! What a folder already has of migrations, and where.

use std::path::{Path, PathBuf};

use mainstay::dialect;
use mainstay::migrate::Folder;

/// How far below the start a folder of migrations is looked for: `app/db/migrations`.
const DEPTH: usize = 3;

/// Folders with other people's files in them.
const SKIPPED: [&str; 7] = ["node_modules", "target", "vendor", "venv", "site-packages", "build", "dist"];

/// Names of folders that hold migrations even before the first one is written.
const USUAL: [&str; 2] = ["migrations", "schema_migrations"];

/// Files that name a tool, wherever its migrations are.
const MARKS: [(&str, &str); 4] = [
    ("alembic.ini", "Alembic"),
    ("manage.py", "Django"),
    ("liquibase.properties", "Liquibase"),
    ("atlas.hcl", "Atlas"),
];

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Folders with a layout that can be run, and a file that shows it.
    pub(super) ours: Vec<PathBuf>,
    /// Folders named for migrations with no file of any layout in them.
    pub(super) empty: Vec<PathBuf>,
    /// Other tools, each with the file that gives it away.
    pub(super) foreign: Vec<(&'static str, PathBuf)>,
}

/// Looks at `start` and the folders below it; one that cannot be read has nothing.
pub(super) fn survey(start: &Path) -> Survey {
    let mut found = Survey::default();
    look(start, DEPTH, &mut found);
    found
}

fn look(folder: &Path, depth: usize, found: &mut Survey) {
    let (files, folders) = entries(folder);
    found.foreign.extend(marks(folder, &files));
    if has_migrations(folder) {
        // Diesel's folders inside it are its migrations.
        return found.ours.push(folder.to_owned());
    }
    if is_usual(folder) && folders.is_empty() {
        found.empty.push(folder.to_owned());
    }
    if depth > 0 {
        for name in folders {
            look(&folder.join(name), depth - 1, found);
        }
    }
}

/// Does any dialect claim a file of it? A bare `1_name.sql` is sqlx's only in a folder that is named for migrations: elsewhere
/// it may be anything, the scripts that a container runs at its first start are called so too.
fn has_migrations(folder: &Path) -> bool {
    let files = Folder::files(folder).unwrap_or_default();
    files.iter().any(|file| {
        let all = dialect::all();
        let mut claimants = all.iter().filter(|dialect| dialect.claims(file)).map(|dialect| dialect.name());
        claimants.any(|name| name != "sqlx" || is_usual(folder))
    })
}

/// Names of the files and of the folders in `folder`, sorted; links are not followed, so that there is an end.
fn entries(folder: &Path) -> (Vec<String>, Vec<String>) {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !name.starts_with('.') && !SKIPPED.contains(&&*name) => folders.push(name),
            Ok(kind) if !kind.is_dir() => files.push(name),
            _ => {}
        }
    }
    files.sort();
    folders.sort();
    (files, folders)
}

fn marks(folder: &Path, files: &[String]) -> Vec<(&'static str, PathBuf)> {
    let marked = MARKS.iter().filter(|(file, _)| files.iter().any(|name| name == file));
    marked.map(|(file, tool)| (*tool, folder.join(file))).collect()
}

/// Is it named for migrations?
fn is_usual(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| USUAL.iter().any(|usual| name == *usual))
}
