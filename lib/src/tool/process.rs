//! Running a program: no secrets in its arguments, its words kept for the error.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStdout};
use tokio::task::JoinHandle;

use crate::error::{Error, ErrorKind, Result};

use super::owner::Owner;

/// More than this of what a program says is not kept.
const KEPT: usize = 256 * 1024;

/// What libpq reads from the environment; a program gets none of it but by [`Program::env`].
/// Source: PostgreSQL documentation, "Environment Variables".
pub(super) const LIBPQ_VARIABLES: [&str; 40] = [
    "PGAPPNAME",
    "PGCHANNELBINDING",
    "PGCLIENTENCODING",
    "PGCONNECT_TIMEOUT",
    "PGDATA",
    "PGDATABASE",
    "PGDATESTYLE",
    "PGGEQO",
    "PGGSSDELEGATION",
    "PGGSSENCMODE",
    "PGGSSLIB",
    "PGHOST",
    "PGHOSTADDR",
    "PGKRBSRVNAME",
    "PGLOADBALANCEHOSTS",
    "PGLOCALEDIR",
    "PGMAXPROTOCOLVERSION",
    "PGMINPROTOCOLVERSION",
    "PGOPTIONS",
    "PGPASSFILE",
    "PGPASSWORD",
    "PGPORT",
    "PGREQUIREAUTH",
    "PGREQUIREPEER",
    "PGREQUIRESSL",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGSSLCERT",
    "PGSSLCERTMODE",
    "PGSSLCOMPRESSION",
    "PGSSLCRL",
    "PGSSLCRLDIR",
    "PGSSLKEY",
    "PGSSLMAXPROTOCOLVERSION",
    "PGSSLMINPROTOCOLVERSION",
    "PGSSLMODE",
    "PGSSLNEGOTIATION",
    "PGSSLROOTCERT",
    "PGSSLSNI",
    "PGTARGETSESSIONATTRS",
];

/// A program about to be run.
pub(super) struct Program {
    path: PathBuf,
    args: Vec<OsString>,
    env: Vec<(String, OsString)>,
    owner: Option<Owner>,
    groups: bool,
    folder: Option<PathBuf>,
    stdin: Option<OwnedFd>,
    /// So many of the last bytes of its output are kept at least.
    kept: usize,
}

/// What a program said and how it ended.
pub(super) struct Outcome {
    pub(super) status: ExitStatus,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// A program whose output somebody reads.
pub(super) struct Streaming {
    child: Child,
    words: JoinHandle<String>,
    path: PathBuf,
}

impl Streaming {
    /// How it ended.
    pub(super) async fn outcome(&mut self) -> Result<Outcome> {
        let status = self.child.wait().await.map_err(|e| Error::io("wait for", &self.path, e))?;
        let stderr = (&mut self.words).await.unwrap_or_default();
        Ok(Outcome { status, stdout: String::new(), stderr })
    }
}

impl Program {
    pub(super) fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            args: Vec::new(),
            env: Vec::new(),
            owner: None,
            groups: false,
            folder: None,
            stdin: None,
            kept: KEPT,
        }
    }

    /// Arguments: anybody on the machine can read them, so never a secret.
    pub(super) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// An option and its path.
    pub(super) fn arg(self, option: &str, path: &Path) -> Self {
        self.args([OsStr::new(option), path.as_os_str()])
    }

    /// A variable for it.
    pub(super) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Runs as another user, who sees nothing of our environment.
    pub(super) fn owner(mut self, owner: Option<Owner>) -> Self {
        self.owner = owner;
        self
    }

    /// With all groups of that user, where the machine has a tool for it.
    pub(super) fn groups(mut self) -> Self {
        self.groups = true;
        self
    }

    /// Working folder; another user may have no right to ours.
    pub(super) fn folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Its standard input is this file: a lock on it is held until the program and what it has started have ended.
    pub(super) fn holding(mut self, lock: &std::fs::File) -> Result<Self> {
        let held = lock.try_clone().map_err(|e| Error::io("hold the lock for", &self.path, e))?;
        self.stdin = Some(held.into());
        Ok(self)
    }

    /// Its standard output is its result: all of it is kept.
    pub(super) fn keep_all(mut self) -> Self {
        self.kept = usize::MAX / 2;
        self
    }

    /// Runs it to its end, whatever that is. Dropping the future ends the program.
    pub(super) async fn outcome(&self) -> Result<Outcome> {
        let mut child = self.command().spawn().map_err(|e| self.not_started(e))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (stdout, stderr, status) =
            tokio::join!(read_bounded(stdout, self.kept), read_bounded(stderr, KEPT), child.wait());
        let status = status.map_err(|e| Error::io("wait for", &self.path, e))?;
        Ok(Outcome { status, stdout, stderr })
    }

    /// Starts it and hands out its standard output, of which nothing is kept. Dropping what is returned ends the program.
    pub(super) fn stream(&self) -> Result<(Streaming, ChildStdout)> {
        let mut child = self.command().spawn().map_err(|e| self.not_started(e))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let words = tokio::spawn(read_bounded(stderr, KEPT));
        let stdout = stdout.ok_or_else(|| self.not_started(std::io::Error::other("it has no standard output")))?;
        Ok((Streaming { child, words, path: self.path.clone() }, stdout))
    }

    /// Runs it and demands success.
    pub(super) async fn run(&self) -> Result<Outcome> {
        let outcome = self.outcome().await?;
        if outcome.status.success() { Ok(outcome) } else { Err(self.failed(&outcome)) }
    }

    /// The error for an unsuccessful end: the program's last words are the cause.
    pub(super) fn failed(&self, outcome: &Outcome) -> Error {
        let words = if outcome.stderr.trim().is_empty() { &outcome.stdout } else { &outcome.stderr };
        let error = Error::new(ErrorKind::Program, format!("{} failed ({})", self.name(), outcome.status));
        match last_lines(words) {
            text if text.is_empty() => error,
            text => error.source(text),
        }
    }

    pub(super) fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn command(&self) -> tokio::process::Command {
        let before = self.owner.filter(|_| self.groups).and_then(Owner::with_groups);
        let mut command = match &before {
            Some(before) => tokio::process::Command::new(&before[0]),
            None => tokio::process::Command::new(&self.path),
        };
        if let Some(before) = &before {
            command.args(&before[1..]).arg(&self.path);
        }
        let held = self.stdin.as_ref().and_then(|lock| lock.try_clone().ok());
        if held.is_some() {
            // What a terminal interrupts is us alone: we know what must be brought to its end.
            command.process_group(0);
        }
        let stdin = held.map_or_else(Stdio::null, Stdio::from);
        command.args(&self.args).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        for name in LIBPQ_VARIABLES {
            command.env_remove(name);
        }
        if let Some(owner) = self.owner {
            command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
            if before.is_none() {
                command.uid(owner.uid).gid(owner.gid);
            }
        }
        command.env("LC_ALL", "C").envs(self.env.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }

    fn not_started(&self, source: std::io::Error) -> Error {
        Error::new(ErrorKind::Program, format!("cannot start {}", self.path.display())).source(source)
    }
}

/// Reads to the end, so that the writer never blocks, and keeps the last `most` bytes at least.
async fn read_bounded(stream: Option<impl AsyncRead + Unpin>, most: usize) -> String {
    let Some(mut stream) = stream else { return String::new() };
    let (mut kept, mut piece) = (Vec::new(), vec![0; 16 * 1024]);
    while let Ok(read @ 1..) = stream.read(&mut piece).await {
        kept.extend_from_slice(&piece[..read]);
        if kept.len() > 2 * most {
            kept.drain(..kept.len() - most);
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// The last lines of a program's words, as much as fits a message.
pub(super) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Program {
        Program::new("/bin/sh").args(["-c", script])
    }

    #[tokio::test]
    async fn a_failure_has_the_last_words_and_success_needs_none() {
        let error = shell("seq 100 >&2; exit 3").run().await.err().unwrap();
        assert_eq!(error.message(), "sh failed (exit status: 3)");
        assert_eq!(error.causes(), ["93\n94\n95\n96\n97\n98\n99\n100"]);
        let error = shell("echo on standard output; exit 1").run().await.err().unwrap();
        assert_eq!(error.causes(), ["on standard output"]);
        assert_eq!(shell("echo good").run().await.unwrap().stdout, "good\n");
    }

    #[tokio::test]
    async fn endless_words_are_read_and_not_all_kept() {
        let outcome = shell("yes | head -c 3000000; echo end").run().await.unwrap();
        assert!(outcome.stdout.ends_with("end\n"));
        assert!((KEPT..3 * KEPT).contains(&outcome.stdout.len()), "{}", outcome.stdout.len());
    }

    #[tokio::test]
    async fn the_future_takes_the_program_along() {
        let marker = std::env::temp_dir().join(format!("ms-marker-{}", std::process::id()));
        let program = shell(&format!("sleep 1; echo late >{}", marker.display()));
        let given_up = tokio::time::timeout(std::time::Duration::from_millis(100), program.run()).await;
        assert!(given_up.is_err());
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        assert!(!marker.exists());
    }

    #[tokio::test]
    async fn a_program_of_another_user_has_that_users_groups() {
        let Ok(Some(owner)) = Owner::needed() else { return };
        let all = shell("id -G $(id -un)").owner(Some(owner)).run().await.unwrap().stdout;
        let sorted = |text: &str| {
            let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            words.sort();
            words
        };
        let has = shell("id -G").owner(Some(owner)).groups().folder(Path::new("/")).run().await.unwrap().stdout;
        let expected = if owner.with_groups().is_some() { sorted(&all) } else { vec![owner.gid.to_string()] };
        assert_eq!(sorted(&has), expected);
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let error = Program::new("/nonexistent/pg_dump").run().await.err().unwrap();
        assert_eq!(error.message(), "cannot start /nonexistent/pg_dump");
    }
}
