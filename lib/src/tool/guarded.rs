//! A program that may run until a deadline, and not a moment longer: whatever becomes of whoever started it.

use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, kill_process, kill_process_group, test_kill_process_group};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use crate::error::{Error, ErrorKind, Result};

pub use rustix::process::Signal;

/// Leads the program's process group and kills all of it, itself included: when its input ends, which it does when its
/// owner lets go or dies, and when the last number of seconds that it has read has passed, which happens when its owner is
/// stopped. The new timer runs before the old one is ended; a `sleep` that stays behind ends by itself or with the group.
const SCRIPT: &str = r#"
trap '' INT TERM HUP QUIT TSTP
trap 'kill -KILL 0' EXIT
echo ready
exec >/dev/null
timer=
while read -r left; do
    last=$timer
    (sleep "$left"; kill -KILL 0) &
    timer=$!
    [ -z "$last" ] || kill -KILL "$last"
done
kill -KILL 0
"#;

/// A program to be run under a deadline. Input, output and environment are its starter's.
#[derive(Clone, Debug)]
pub struct Program {
    /// Name or path.
    pub program: OsString,
    /// Arguments.
    pub args: Vec<OsString>,
    /// Variables on top of the inherited ones.
    pub env: Vec<(String, String)>,
}

/// A running program with its guardian. Dropping it kills the program and what it has started.
#[derive(Debug)]
pub struct Guarded {
    guardian: Child,
    deadline: Option<ChildStdin>,
    group: Pid,
    child: Child,
    pid: Pid,
}

impl Guarded {
    /// Starts `program`, which lives for `left` unless that is extended.
    ///
    /// # Errors
    /// There is no such program, or no `sh`.
    pub async fn start(program: &Program, left: Duration) -> Result<Self> {
        let mut command = Command::new(&program.program);
        command.args(&program.args).envs(program.env.iter().map(|(name, value)| (name, value)));
        Self::start_command(&mut command, left).await
    }

    /// The same for a `command` that is ready to be spawned.
    pub(super) async fn start_command(command: &mut Command, left: Duration) -> Result<Self> {
        let mut guardian = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "guardian"])
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| Error::io("start", "/bin/sh".as_ref(), e))?;
        let group = pid(&guardian)?;
        let mut deadline = guardian.stdin.take();
        say(&mut deadline, left).await?;
        ready(guardian.stdout.take()).await?;
        match command.process_group(group.as_raw_nonzero().get()).spawn() {
            Ok(child) => Ok(Self { pid: pid(&child)?, guardian, deadline, group, child }),
            Err(error) => {
                drop(deadline);
                // It has nothing left to do but to end.
                let _ = guardian.wait().await;
                let message = format!("cannot start {}", command.as_std().get_program().to_string_lossy());
                Err(Error::new(ErrorKind::Program, message).source(error))
            }
        }
    }

    /// The pipes of what it says, where the command has some; each once.
    pub(super) fn pipes(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// The program may live for `left` from now on.
    ///
    /// # Errors
    /// The guardian is gone.
    pub async fn extend(&mut self, left: Duration) -> Result<()> {
        say(&mut self.deadline, left).await
    }

    /// Waits for the end of the program. May be dropped and called again.
    ///
    /// # Errors
    /// The guardian has ended first: the deadline has passed, or somebody killed it.
    pub async fn wait(&mut self) -> Result<ExitStatus> {
        tokio::select! {
            biased;
            _ = self.guardian.wait() => Err(guardian_gone()),
            status = self.child.wait() => status.map_err(|e| {
                Error::new(ErrorKind::Program, "cannot wait for the program").source(e)
            }),
        }
    }

    /// Hands `signal` on: an interrupt to all that the program has started, as a terminal does, others to it alone.
    pub fn forward(&self, signal: Signal) {
        // The program may have ended just now.
        let _ = match signal {
            Signal::INT => kill_process_group(self.group, signal),
            _ => kill_process(self.pid, signal),
        };
    }

    /// Kills what is left of the program and of what it has started, and returns when that is dead.
    pub async fn end(mut self) {
        drop(self.deadline.take());
        // Both fail only for a child that was waited for already.
        let _ = self.guardian.wait().await;
        let _ = self.child.start_kill();
        let _ = self.child.wait().await;
        // Grandchildren were killed with the group; whoever reaps them may take a moment.
        for _ in 0..100 {
            if test_kill_process_group(self.group).is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Waits until signals to the group cannot end the guardian any more.
async fn ready(words: Option<ChildStdout>) -> Result<()> {
    let mut words = words.ok_or_else(guardian_gone)?;
    words.read_exact(&mut [0; 6]).await.map_err(|_| guardian_gone())?;
    Ok(())
}

async fn say(guardian: &mut Option<ChildStdin>, left: Duration) -> Result<()> {
    let Some(guardian) = guardian else { return Err(guardian_gone()) };
    let line = format!("{}.{:03}\n", left.as_secs(), left.subsec_millis());
    guardian.write_all(line.as_bytes()).await.map_err(|_| guardian_gone())
}

fn guardian_gone() -> Error {
    Error::new(
        ErrorKind::Program,
        "the program's guardian has ended it: its deadline had passed, or somebody killed the guardian",
    )
}

fn pid(child: &Child) -> Result<Pid> {
    let number = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    number.ok_or_else(|| Error::new(ErrorKind::Program, "a program has ended before it was started"))
}
