//! What a command is given: its surroundings, read once, and where its words go.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use mainstay::config::{Config, Dotenv};
use mainstay::conn::Secret;
use mainstay::disk::Project;
use mainstay::observer::{Event, Observer};
use mainstay::{Error, Result};
use serde::Serialize;
use serde_json::Value;

use crate::args::Globals;
use crate::env;
use crate::error::CliError;
use crate::output::progress::{Loudness, Progress};
use crate::output::{Output, Table, json};

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
    /// Set while signals are another program's: they do not interrupt the command then.
    pub hands_signals_on: AtomicBool,
    vars: BTreeMap<String, String>,
    target: Mutex<Value>,
    password: Mutex<Option<Secret>>,
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
        // What is wrong in these files is reported by the commands that need them, not by `mainstay man`.
        let dotenv = project.config().and_then(|config| project.dotenv(&config)).unwrap_or_default();
        let echo = |name: &'static str| Some((name, value(&vars, &dotenv, name)?));
        let echoes: Vec<_> = [env::DB_ECHO, env::SQLALCHEMY_ECHO].into_iter().filter_map(echo).collect();
        let loudness = Loudness {
            quiet: globals.quiet,
            verbose: globals.verbose,
            echo: globals.echo || echoes.iter().any(|(_, value)| env::says_yes(value) == Some(true)),
        };
        let observer = Arc::new(Progress::new(output.clone(), loudness));
        for (name, value) in echoes.iter().filter(|(_, value)| env::says_yes(value).is_none()) {
            let message = format!("{name} is {value:?}, which says neither yes nor no: statements are not logged");
            observer.event(Event::Warning { message: &message });
        }
        Ok(Self {
            command,
            globals,
            project,
            output,
            observer,
            hands_signals_on: AtomicBool::new(false),
            vars,
            target: Mutex::new(Value::Null),
            password: Mutex::default(),
        })
    }

    /// What `mainstay.toml` says.
    ///
    /// # Errors
    /// The file is wrong.
    pub fn config(&self) -> Result<Config> {
        self.project.config()
    }

    /// The real environment.
    pub fn vars(&self) -> &BTreeMap<String, String> {
        &self.vars
    }

    /// The password that was asked for.
    pub fn password(&self) -> Option<Secret> {
        self.password.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps a password that was asked for, so that it is asked for once.
    pub fn remember_password(&self, password: Secret) {
        *self.password.lock().unwrap_or_else(PoisonError::into_inner) = Some(password);
    }

    /// A variable of the environment or of `.env`.
    ///
    /// # Errors
    /// `.env` is wrong.
    pub fn variable(&self, name: &str) -> Result<Option<String>> {
        Ok(value(&self.vars, &self.project.dotenv(&self.config()?)?, name))
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
        match text {
            _ if self.output.json => self.answer_as_json(data),
            Text::Table(table) => self.print(&table.render(&self.output)),
            Text::Lines(lines) => self.print(&lines),
        }
    }

    /// Prints `data` in the envelope, whether `--json` was given or not.
    ///
    /// # Errors
    /// As [`Context::answer`].
    pub fn answer_as_json(&self, data: impl Serialize) -> Result<(), CliError> {
        let data = serde_json::to_value(data).map_err(std::io::Error::from)?;
        let target = self.target.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.print(&json::text(&json::envelope(&self.command, &target, data, &self.observer.warnings())))
    }

    fn print(&self, text: &str) -> Result<(), CliError> {
        self.observer.finish();
        self.output.write(text.as_bytes())
    }
}

/// The value of `name` in the environment, else in `.env`.
fn value(vars: &BTreeMap<String, String>, dotenv: &Dotenv, name: &str) -> Option<String> {
    vars.get(name).map(String::as_str).or_else(|| dotenv.get(name)).map(str::to_owned)
}

/// The folder to work in: `-C`, as if we were started there, so that every path that is named means the one from there.
#[allow(clippy::disallowed_methods, reason = "the whole process is one command, and nothing runs beside it yet")]
fn start(directory: Option<&Path>) -> Result<PathBuf> {
    if let Some(folder) = directory {
        std::env::set_current_dir(folder).map_err(|error| Error::io("work in", folder, error))?;
    }
    std::env::current_dir().map_err(|error| Error::io("find the folder", ".".as_ref(), error))
}
