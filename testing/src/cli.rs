//! Runs the command as a user would, cut off from the machine's settings.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::stable::stable;
use crate::terminal::Terminal;

/// A project folder and a home of its own, and how the next run is called.
pub struct Cli {
    binary: PathBuf,
    folder: tempfile::TempDir,
    env: Vec<(String, String)>,
    args: Vec<String>,
    stdin: Option<String>,
    filters: Vec<(String, String)>,
}

/// What a run said and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    stable: (String, String),
}

impl Cli {
    /// For the built program `binary`: `env!("CARGO_BIN_EXE_mainstay")`.
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["home", "project"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        Self { binary: binary.into(), folder, env: vec![], args: vec![], stdin: None, filters: vec![] }
    }

    /// The project's folder, in which the command runs.
    pub fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// The home folder that the command sees.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Writes a file of the project, folders included.
    pub fn file(&mut self, name: &str, text: &str) -> &mut Self {
        let path = self.project().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(path, text).expect("a file");
        self
    }

    /// A variable for all runs from now on.
    pub fn env(&mut self, name: &str, value: &str) -> &mut Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// In [`Run::snapshot`], `text` (a database's name, say) is shown as `shown`.
    pub fn filter(&mut self, text: &str, shown: &str) -> &mut Self {
        self.filters.push((text.into(), shown.into()));
        self
    }

    /// Arguments of the next run.
    pub fn args<S: Into<String>>(&mut self, args: impl IntoIterator<Item = S>) -> &mut Self {
        self.args = args.into_iter().map(Into::into).collect();
        self
    }

    /// Standard input of the next run; without it there is none.
    pub fn stdin(&mut self, text: &str) -> &mut Self {
        self.stdin = Some(text.into());
        self
    }

    /// The next run as a command to be started by the caller: for signals and for several at once.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.current_dir(self.project()).args(&self.args).env_clear().env("PATH", path);
        command.env("HOME", self.home()).env("TZ", "UTC").env("LC_ALL", "C.UTF-8");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts the next run at a terminal of `columns` columns.
    pub fn terminal(&mut self, columns: u16) -> Terminal {
        let command = self.command();
        self.args.clear();
        Terminal::start(command, columns)
    }

    /// Runs it to its end.
    pub fn run(&mut self) -> Run {
        let mut child = self.command().spawn().expect("the command starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let text = self.stdin.take().unwrap_or_default();
        let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
        let output = child.wait_with_output().expect("the command ends");
        let _ = writer.join();
        self.args.clear();
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let stable = (self.shown(&stdout), self.shown(&stderr));
        Run { stdout, stderr, code: output.status.code().unwrap_or(-1), stable }
    }

    fn shown(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (from, to) in &self.filters {
            text = text.replace(from, to);
        }
        for (path, shown) in [(self.project(), "[project]"), (self.home(), "[home]")] {
            text = replace_path(&text, &path, shown);
        }
        stable(&text)
    }
}

fn replace_path(text: &str, path: &Path, shown: &str) -> String {
    text.replace(&*path.to_string_lossy(), shown)
}

impl Run {
    /// Runs a command that [`Cli::command`] made to its end: for several at once.
    pub fn of(mut command: Command) -> Self {
        Self::said(&command.output().expect("the command starts"))
    }

    /// What a child has said that the caller has waited for.
    pub fn said(output: &std::process::Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let stable = (stable(&stdout), stable(&stderr));
        Self { stdout, stderr, code: output.status.code().unwrap_or(-1), stable }
    }

    /// Everything the run said, the changing parts replaced: folders, durations, times, sockets and ports.
    pub fn snapshot(&self) -> String {
        let line_end = |text: &str| if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let (stdout, stderr) = &self.stable;
        let (out_end, err_end) = (line_end(stdout), line_end(stderr));
        format!("exit: {}\n--- stdout\n{stdout}{out_end}--- stderr\n{stderr}{err_end}", self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::Cli;

    #[test]
    fn a_run_sees_its_own_home_and_project_and_none_of_our_variables() {
        let mut cli = Cli::new("/bin/sh");
        cli.file("migrations/1.sql", "SELECT 1;").env("PGHOST", "here").filter("SELECT", "ASK");
        cli.args(["-c", "pwd; echo $HOME; cat; cat migrations/*; env | grep -c CARGO; echo $PGHOST >&2; exit 5"]);
        let run = cli.stdin("typed\n").run();
        assert_eq!(run.snapshot(), "exit: 5\n--- stdout\n[project]\n[home]\ntyped\nASK 1;0\n--- stderr\nhere\n");
        assert_eq!(cli.args(["-c", "kill -9 $$"]).run().code, -1);
    }
}
