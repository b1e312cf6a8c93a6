//! Whose migrations a project has, by the files that give it away.

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::error::{Error, ErrorKind, Result};
use crate::migrate::Folder;
use crate::revisions::Tool;

use super::files;

/// Another program's migrations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Whose they are.
    pub tool: Tool,
    /// The folder of Alembic's revisions; for Django and South the one that the apps lie in.
    pub dir: PathBuf,
}

/// Where Alembic keeps revisions below its script folder.
const VERSIONS: &str = "versions";

/// What `root` says of itself: `alembic.ini` or `pyproject.toml` with Alembic's script folder, `manage.py`. A folder that
/// cannot be read says nothing.
pub fn find(root: &Path) -> Option<Found> {
    if let Some(script) = script_location(root) {
        return Some(Found { tool: Tool::Alembic, dir: script.join(VERSIONS) });
    }
    if !root.join("manage.py").is_file() {
        return None;
    }
    let apps = files::apps(root);
    let tool = apps.iter().find_map(|app| files::tool_in(&app.path)).unwrap_or(Tool::Django);
    Some(Found { tool, dir: root.to_owned() })
}

/// What lies in `dir`, which is there: revisions of Alembic, Alembic's script folder, one app's migrations. `None`: nothing of
/// another program's, or nothing at all.
///
/// # Errors
/// Scripts and revisions lie in one folder.
pub(super) fn inside(dir: &Path) -> Result<Option<Found>> {
    let tool = match files::tool_in(dir) {
        Some(tool) => tool,
        None if files::tool_in(&dir.join(VERSIONS)) == Some(Tool::Alembic) => {
            return Ok(Some(Found { tool: Tool::Alembic, dir: dir.join(VERSIONS) }));
        }
        None if dir.join("manage.py").is_file() => return Ok(find(dir)),
        None => return Ok(None),
    };
    let scripts = Folder::files(dir)?;
    if let Some(script) = scripts.iter().find(|file| file.name.ends_with(".sql")) {
        let message = format!(
            "the migrations folder {} holds two dialects: revisions of {}, and scripts (`{}`)",
            dir.display(),
            tool.title(),
            script.name
        );
        return Err(Error::new(ErrorKind::Source, message)
            .hint(format!("say which one it is, in mainstay.toml under [migrations]: dialect = \"{}\"", tool.name())));
    }
    Ok(Some(Found { tool, dir: dir.to_owned() }))
}

/// The folder that a project means by `dir`: Alembic's script folder stands for the revisions in it, and where nothing is said,
/// the project's own files tell.
pub(super) fn home(tool: Tool, root: &Path, dir: &str) -> PathBuf {
    let path = root.join(dir);
    if tool == Tool::Alembic && path.join(VERSIONS).is_dir() {
        return path.join(VERSIONS);
    }
    match find(root).filter(|found| !path.exists() && (found.tool == Tool::Alembic) == (tool == Tool::Alembic)) {
        Some(found) => found.dir,
        None => path,
    }
}

/// `script_location` of `alembic.ini`, or of `[tool.alembic]` in `pyproject.toml`; `%(here)s` is the file's folder.
fn script_location(root: &Path) -> Option<PathBuf> {
    let here = |text: String| root.join(text.replace("%(here)s", &root.display().to_string()).trim());
    if let Ok(ini) = std::fs::read_to_string(root.join("alembic.ini")) {
        let key =
            |line: &str| Some(line.split_once('=').filter(|(key, _)| key.trim() == "script_location")?.1.to_owned());
        return Some(here(ini.lines().find_map(key).unwrap_or_else(|| "alembic".to_owned())));
    }
    let project = std::fs::read_to_string(root.join("pyproject.toml")).ok()?;
    let table = DeTable::parse(&project).ok()?;
    let script = table.get_ref().get("tool")?.get_ref().get("alembic")?.get_ref().get("script_location")?;
    Some(here(script.get_ref().as_str()?.to_owned()))
}
