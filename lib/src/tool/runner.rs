//! Another program that works on the database: found, given the connection, listened to, and dead when we are.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use crate::config::CommandLine;
use crate::conn::Target;
use crate::error::{Error, ErrorKind, Result};
use crate::observer::{Event, Observer};

use super::guarded::Guarded;
use super::handed::Handed;

/// Without a limit of its own a program may run for ever; its guardian wants a number: ten years.
const NO_LIMIT: Duration = Duration::from_secs(10 * 365 * 86_400);

/// So many of its last lines go into an error.
const KEPT: usize = 12;

/// A longer line is told in pieces.
const LONGEST: usize = 64 * 1024;

/// What a program left running may still hold the pipes for so long.
const PATIENCE: Duration = Duration::from_millis(500);

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
        command.args(args).current_dir(&self.root).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for name in &handed.unset {
            command.env_remove(name);
        }
        // Python keeps its words back where nobody seems to listen.
        command.env("PYTHONUNBUFFERED", "1").envs(handed.set.iter().map(|(name, value)| (name, value)));
        let mut running = Guarded::start_command(&mut command, NO_LIMIT).await?;
        let (stdout, stderr) = running.pipes();
        let heard = Heard { program, secrets: &handed.secrets, observer, kept: Mutex::default() };
        let mut words_end = Box::pin(async { tokio::join!(heard.listen(stdout), heard.listen(stderr)) });
        let mut silent = false;
        let status = loop {
            tokio::select! {
                status = running.wait() => break status,
                _ = &mut words_end, if !silent => silent = true,
            }
        };
        running.end().await;
        if !silent {
            // Whoever holds the pipes still is none of ours any more.
            let _ = tokio::time::timeout(PATIENCE, words_end).await;
        } else {
            drop(words_end);
        }
        match status? {
            status if status.success() => Ok(()),
            status => Err(heard.failed(&words.join(" "), status)),
        }
    }

    /// The program in one of the project's virtual environments, else in PATH; a name with a slash is a path from the project.
    ///
    /// # Errors
    /// [`ErrorKind::Program`]: it is in none of these places.
    pub fn find(&self, program: &str) -> Result<PathBuf> {
        if program.contains('/') {
            let path = self.root.join(program);
            return if path.is_file() { Ok(path) } else { Err(self.missing(program, &[path.display().to_string()])) };
        }
        let own = ENVIRONMENTS.map(|folder| self.root.join(folder));
        let entries = self.search_path.split(':').filter(|entry| !entry.is_empty()).map(|entry| self.root.join(entry));
        let mut folders: Vec<PathBuf> = Vec::new();
        for folder in own.into_iter().chain(entries) {
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        let found = folders.iter().map(|folder| folder.join(program)).find(|path| is_program(path));
        found.ok_or_else(|| {
            let folders: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
            self.missing(program, &folders)
        })
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

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// What the program says.
struct Heard<'a> {
    program: &'a str,
    secrets: &'a [String],
    observer: &'a Arc<dyn Observer>,
    kept: Mutex<VecDeque<String>>,
}

impl Heard<'_> {
    /// Reads to the end, so that the program never blocks.
    async fn listen(&self, stream: Option<impl AsyncRead + Unpin>) {
        let Some(mut stream) = stream else { return };
        let (mut line, mut piece) = (Vec::new(), vec![0; 8 * 1024]);
        while let Ok(read @ 1..) = stream.read(&mut piece).await {
            for byte in &piece[..read] {
                if *byte == b'\n' || line.len() == LONGEST {
                    self.say(&line);
                    line.clear();
                }
                if *byte != b'\n' {
                    line.push(*byte);
                }
            }
        }
        if !line.is_empty() {
            self.say(&line);
        }
    }

    fn say(&self, line: &[u8]) {
        let mut line = String::from_utf8_lossy(line).trim_end().to_owned();
        for secret in self.secrets {
            line = line.replace(secret, "***");
        }
        self.observer.event(Event::Said { program: self.program, line: &line });
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !line.is_empty() {
            kept.push_back(line);
        }
        if kept.len() > KEPT {
            kept.pop_front();
        }
    }

    fn failed(&self, line: &str, status: std::process::ExitStatus) -> Error {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let error = Error::new(ErrorKind::Program, format!("`{line}` failed ({status})"));
        match kept.is_empty() {
            true => error.source("it said nothing"),
            false => error.source(kept.iter().map(String::as_str).collect::<Vec<_>>().join("\n")),
        }
    }
}
