//! A command of the configuration that is run when something has happened.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;

use crate::config::CommandLine;
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Observer;

use super::handed;
use super::heard::Heard;
use super::runner::find_program;

/// Of what a variable tells, so many bytes at most: no system takes more than some hundred thousand.
const LONGEST: usize = 8 * 1024;

/// Variables that hold the keys of a store.
const OF_STORES: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// Variables that the command reads itself.
const OF_OURS: [&str; 3] = ["MAINSTAY_ADMIN_URL", "MAINSTAY_IDENTITY", "MAINSTAY_TARGET"];

/// Where hooks run, and for how long.
pub struct Hooks<'a> {
    /// The folder that they run in.
    pub root: &'a Path,
    /// The value of PATH, for finding them.
    pub search_path: &'a str,
    /// How long one may take.
    pub limit: Duration,
}

impl Hooks<'_> {
    /// Runs `line` with `told` as variables, those without a value taken away. It has none that leads to a database or a store, for
    /// these may hold secrets. What it says is told to `observer` line by line.
    ///
    /// # Errors
    /// [`ErrorKind::Program`]: there is no such program, it fails, or takes too long.
    pub async fn run(
        &self,
        line: &CommandLine,
        told: &[(&str, Option<String>)],
        observer: &Arc<dyn Observer>,
    ) -> Result<()> {
        let words = line.filled(&[]);
        let Some((program, args)) = words.split_first() else {
            return Err(Error::new(ErrorKind::Config, "a hook's line names no program"));
        };
        let path = find_program(self.root, self.search_path, program).map_err(|places| {
            Error::new(ErrorKind::Program, format!("there is no program `{program}` to run"))
                .source(format!("looked into {}", places.join(", ")))
                .hint("write its whole path into mainstay.toml, then look at it: mainstay config show")
        })?;
        let mut command = Command::new(path);
        command.args(args).current_dir(self.root);
        for name in leading_somewhere() {
            command.env_remove(name);
        }
        for (name, value) in told {
            match value {
                Some(value) => command.env(name, sendable(value)),
                None => command.env_remove(name),
            };
        }
        Heard { program, secrets: &[], observer }.run(&mut command, &words.join(" "), self.limit).await
    }
}

/// Every variable that leads to a database or a store, and what Mainstay itself reads.
fn leading_somewhere() -> Vec<String> {
    let mut names = handed::families();
    #[cfg(feature = "postgres")]
    names.extend(super::process::LIBPQ_VARIABLES.map(str::to_owned));
    names.extend(OF_STORES.iter().chain(&OF_OURS).map(|name| (*name).to_owned()));
    names
}

/// `text` as a variable takes it: without the byte that ends it, and not longer than systems allow.
fn sendable(text: &str) -> String {
    let text = text.replace('\0', " ");
    text[..text.floor_char_boundary(LONGEST)].to_owned()
}
