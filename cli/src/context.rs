//! What a command is given: its surroundings, read once, and where its words go.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use mainstay::config::Config;
use mainstay::conn::Surroundings;
use mainstay::{Error, Result};
use serde::Serialize;
use serde_json::Value;

use crate::args::Globals;
use crate::env;
use crate::error::CliError;
use crate::output::progress::{Loudness, Progress};
use crate::output::{Output, Table, json};
use crate::project::Project;
use crate::system::User;

/// Folders in which a local server's socket may be, most likely first: Debian's and Red Hat's, and PostgreSQL's own.
const SOCKET_FOLDERS: [&str; 3] = ["/run/postgresql", "/var/run/postgresql", "/tmp"];

/// What a command is given.
pub struct Context {
    /// The command's name as typed, `conn show`.
    pub command: String,
    /// Flags that every command takes.
    pub globals: Globals,
    /// The folder of `mainstay.toml`.
    pub project: Project,
    /// The result's way out.
    pub output: Output,
    /// Everything else's way out; hand it to the library.
    pub observer: Arc<Progress>,
    vars: BTreeMap<String, String>,
    target: Mutex<Value>,
}

/// A result for people; `--json` prints its data instead.
pub enum Text {
    /// Rows.
    Table(Table),
    /// Lines, ended by a line end.
    Lines(String),
}

impl Context {
    /// Reads the surroundings.
    ///
    /// # Errors
    /// The project folder does not exist.
    pub(crate) fn new(
        globals: Globals,
        command: String,
        vars: BTreeMap<String, String>,
        output: Output,
    ) -> Result<Self> {
        let project = Project::find(&start(globals.directory.as_deref())?);
        // A wrong `.env` is reported by the commands that need it, not by `mainstay man`.
        let dotenv = project.dotenv().unwrap_or_default();
        let says_echo =
            |name: &str| vars.get(name).or_else(|| dotenv.get(name)).is_some_and(|value| env::is_true(value));
        let loudness = Loudness {
            quiet: globals.quiet,
            verbose: globals.verbose,
            echo: globals.echo || says_echo(env::DB_ECHO) || says_echo(env::SQLALCHEMY_ECHO),
        };
        let observer = Arc::new(Progress::new(output.clone(), loudness));
        Ok(Self { command, globals, project, output, observer, vars, target: Mutex::new(Value::Null) })
    }

    /// What `mainstay.toml` says.
    ///
    /// # Errors
    /// The file is wrong.
    pub fn config(&self) -> Result<Config> {
        self.project.config()
    }

    /// The outside as the library's resolution wants it: `.env` under the real environment.
    ///
    /// # Errors
    /// `.env` is wrong.
    pub fn surroundings(&self) -> Result<Surroundings> {
        let mut vars = self.project.dotenv()?;
        vars.extend(self.vars.clone());
        let user = User::current(&vars);
        Ok(Surroundings {
            vars,
            os_user: user.name,
            home: user.home,
            socket_folders: SOCKET_FOLDERS.map(PathBuf::from).to_vec(),
            project: self.project.root.clone(),
        })
    }

    /// A variable of the environment or of `.env`.
    ///
    /// # Errors
    /// `.env` is wrong.
    pub fn variable(&self, name: &str) -> Result<Option<String>> {
        match self.vars.get(name) {
            Some(value) => Ok(Some(value.clone())),
            None => Ok(self.project.dotenv()?.remove(name)),
        }
    }

    /// Names the target that is worked on: the line on stderr now, the envelope's `target` later.
    pub fn announce(&self, line: &str, target: Value) {
        self.observer.line(&format!("{} {line}", self.output.paint().dim("target")));
        *self.target.lock().unwrap_or_else(PoisonError::into_inner) = target;
    }

    /// Prints the result: `text` for people, or `data` in the envelope.
    ///
    /// # Errors
    /// Nobody reads it, or it cannot be written.
    pub fn answer(&self, data: impl Serialize, text: Text) -> Result<(), CliError> {
        self.observer.finish();
        let shown = if self.output.json {
            let data = serde_json::to_value(data).map_err(std::io::Error::from)?;
            let target = self.target.lock().unwrap_or_else(PoisonError::into_inner).clone();
            json::text(&json::envelope(&self.command, &target, data, &self.observer.warnings()))
        } else {
            match text {
                Text::Table(table) => table.render(&self.output),
                Text::Lines(lines) => lines,
            }
        };
        self.output.write(shown.as_bytes())
    }
}

/// The folder to work in: `-C`, or where we were started.
fn start(directory: Option<&std::path::Path>) -> Result<PathBuf> {
    match directory {
        Some(folder) => folder.canonicalize().map_err(|error| Error::io("work in", folder, error)),
        None => std::env::current_dir().map_err(|error| Error::io("find the folder", ".".as_ref(), error)),
    }
}
