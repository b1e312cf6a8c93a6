//! Another program that works on the database: found, given the connection, listened to, and dead when we are.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;

use crate::config::CommandLine;
use crate::conn::Target;
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Observer;

use super::handed::Handed;
use super::heard::Heard;

/// Without a limit of its own a program may run for ever; its guardian wants a number: ten years.
const NO_LIMIT: Duration = Duration::from_secs(10 * 365 * 86_400);

/// A project's virtual environments, looked into before PATH: what the service itself runs with.
const ENVIRONMENTS: [&str; 2] = [".venv/bin", "venv/bin"];

/// Where and for which database a project's programs run.
#[derive(Clone)]
pub struct Workshop {
    /// The folder that they run in.
    pub root: PathBuf,
    /// The value of PATH, for finding them.
    pub search_path: String,
    /// The database.
    pub target: Option<Target>,
    /// The scheme of the URL that names the database in the environment, with its driver: `postgresql+psycopg`.
    pub scheme: Option<String>,
    /// The role that they act as, where it is not the one connected as.
    pub owner: Option<String>,
}

impl Workshop {
    /// Runs `line`, its places filled with `values` and `{url}`, to its end; what it says is told to `observer` line by line. It
    /// is given the connection by its environment: `DATABASE_URL`, `PG*`, `POSTGRES_*` and `POSTGRESQL_*`. Dropping the future
    /// kills it and what it has started, and so does our own death.
    ///
    /// # Errors
    /// [`ErrorKind::Program`]: there is no such program (with the places looked into), or it failed: its last lines are the cause.
    pub async fn run(&self, line: &CommandLine, values: &[(&str, &str)], observer: &Arc<dyn Observer>) -> Result<()> {
        let target =
            self.target.as_ref().ok_or_else(|| Error::new(ErrorKind::Config, "no database is known to run it on"))?;
        let handed = Handed::new(target, self.scheme.as_deref(), self.owner.as_deref())?;
        let values = [values, &[("url", handed.url.as_str())]].concat();
        let words = line.filled(&values);
        let Some((program, args)) = words.split_first() else {
            return Err(Error::new(ErrorKind::Config, "a runner's line names no program"));
        };
        let mut command = Command::new(self.find(program)?);
        command.args(args).current_dir(&self.root);
        for name in &handed.unset {
            command.env_remove(name);
        }
        // Python keeps its words back where nobody seems to listen.
        command.env("PYTHONUNBUFFERED", "1").envs(handed.set.iter().map(|(name, value)| (name, value)));
        let task = Heard { program, secrets: &handed.secrets, observer };
        task.run(&mut command, &words.join(" "), NO_LIMIT).await
    }

    /// The program in one of the project's virtual environments, else in PATH; a name with a slash is a path from the project.
    ///
    /// # Errors
    /// [`ErrorKind::Program`]: it is in none of these places.
    pub fn find(&self, program: &str) -> Result<PathBuf> {
        find_program(&self.root, &self.search_path, program).map_err(|places| self.missing(program, &places))
    }

    fn missing(&self, program: &str, places: &[String]) -> Error {
        let environment = self.root.join(".venv").display().to_string();
        // An environment brings Python itself; everything else is installed into it, mostly by its own name.
        let install = match program.starts_with("python") {
            true => format!("python3 -m venv {environment}"),
            false => format!("python3 -m venv {environment} && {environment}/bin/pip install {program}"),
        };
        Error::new(ErrorKind::Program, format!("there is no program `{program}` to run"))
            .source(format!("looked into {}", places.join(", ")))
            .hint(format!("install it into the project: {install}"))
            .hint("or write its whole path into [migrations] runner in mainstay.toml")
    }
}

/// `program` in one of the virtual environments of the project in `root`, else in `search_path`; a name with a slash is a path from
/// the project.
///
/// # Errors
/// The places that were looked into.
pub(super) fn find_program(root: &Path, search_path: &str, program: &str) -> Result<PathBuf, Vec<String>> {
    if program.contains('/') {
        let path = root.join(program);
        return if path.is_file() { Ok(path) } else { Err(vec![path.display().to_string()]) };
    }
    let own = ENVIRONMENTS.map(|folder| root.join(folder));
    let entries = search_path.split(':').filter(|entry| !entry.is_empty()).map(|entry| root.join(entry));
    let mut folders: Vec<PathBuf> = Vec::new();
    for folder in own.into_iter().chain(entries) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    let found = folders.iter().map(|folder| folder.join(program)).find(|path| is_program(path));
    found.ok_or_else(|| folders.iter().map(|folder| folder.display().to_string()).collect())
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
