//! Migrations that are there already, as `mainstay.toml` will name them.

use std::path::Path;

use mainstay::migrate::Folder;
use mainstay::sql::Flavor;
use mainstay::{Error, wrapped};

use super::{relative, slashed};

/// The migrations that `mainstay.toml` will name.
pub(super) struct Migrations {
    /// The folder as the file names it.
    pub(super) dir: String,
    pub(super) dialect: &'static str,
    /// Every dialect whose layout it may be, in words.
    pub(super) layouts: String,
    /// How many are there already; `None`: the folder is to be made.
    pub(super) count: Option<usize>,
    /// How the program is called that has them, where they are another program's.
    pub(super) runner: Vec<(&'static str, String)>,
}

/// Reads them all first: what is adopted can be run.
pub(super) fn adopt(root: &Path, path: &Path, flavor: Flavor) -> Result<Migrations, Error> {
    let folder = Folder::read(path, "auto", flavor)
        .map_err(|error| error.context(format!("cannot adopt {}", slashed(&relative(root, path)))))?;
    let candidates = folder.candidates();
    let dialect = if candidates.len() == 1 { folder.dialect.name() } else { "auto" };
    let layouts = candidates.join("'s or ");
    let count = Some(folder.migrations.len());
    Ok(Migrations { dir: relative(root, path), dialect, layouts, count, runner: Vec::new() })
}

/// Another program's migrations, and how it is called from `root`.
pub(super) fn wrap(root: &Path, from: &Path, found: &wrapped::Found) -> Result<Migrations, Error> {
    let (dialect, dir) = (found.tool.name(), relative(root, &found.dir));
    let count =
        wrapped::count(found, root).map_err(|error| error.context(format!("cannot adopt {}", slashed(&dir))))?;
    let away = |line: &str| match (root == from, relative(root, from)) {
        (true, _) => line.to_owned(),
        (false, place) => line.replacen("alembic ", &format!("alembic -c {place}/alembic.ini "), 1).replacen(
            "manage.py",
            &format!("{place}/manage.py"),
            1,
        ),
    };
    let runner = ["up", "down", "new"].map(|key| (key, away(wrapped::usual(found.tool, key)))).to_vec();
    Ok(Migrations { dir, dialect, layouts: dialect.to_owned(), count: Some(count), runner })
}
