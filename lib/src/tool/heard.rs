//! A program that is listened to while it runs, and dead at its deadline with all that it has started.

use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use crate::error::{Error, ErrorKind, Result};
use crate::observer::{Event, Observer};

use super::guarded::Guarded;

/// So many of its last lines go into an error.
const KEPT: usize = 12;

/// A longer line is told in pieces.
const LONGEST: usize = 64 * 1024;

/// What a program left running may still hold the pipes for so long.
const PATIENCE: Duration = Duration::from_millis(500);

/// Who is listened to, and who hears of it.
pub(super) struct Heard<'a> {
    /// The program's name.
    pub(super) program: &'a str,
    /// What it must not be heard to say.
    pub(super) secrets: &'a [String],
    pub(super) observer: &'a Arc<dyn Observer>,
}

impl Heard<'_> {
    /// Runs `command`, which `line` spells, to its end, for `limit` at most; what it says is told line by line. Dropping the
    /// future kills it and what it has started, and so does our own death.
    ///
    /// # Errors
    /// [`ErrorKind::Program`]: it cannot be started, takes longer, or fails: its last lines are the cause.
    pub(super) async fn run(&self, command: &mut Command, line: &str, limit: Duration) -> Result<()> {
        self.run_with(command, Stdio::null(), line, limit).await
    }

    /// The same with `stdin` for its standard input.
    pub(super) async fn run_with(
        &self,
        command: &mut Command,
        stdin: Stdio,
        line: &str,
        limit: Duration,
    ) -> Result<()> {
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        // The guardian is for the case that we are killed: while we live, we know better what has happened.
        let mut running = Guarded::start_command(command, limit.saturating_add(PATIENCE)).await?;
        let (stdout, stderr) = running.pipes();
        let words = Words { heard: self, kept: Mutex::default() };
        let mut words_end = Box::pin(async { tokio::join!(words.listen(stdout), words.listen(stderr)) });
        let mut deadline = Box::pin(tokio::time::sleep(limit));
        let mut silent = false;
        let status = loop {
            tokio::select! {
                status = running.wait() => break status.map(Some),
                () = &mut deadline => break Ok(None),
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
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(words.failed(format!("`{line}` failed ({status})"))),
            None => Err(words.failed(format!("`{line}` was ended, for it took longer than {} s", limit.as_secs_f64()))),
        }
    }
}

/// What the program says.
struct Words<'a> {
    heard: &'a Heard<'a>,
    kept: Mutex<VecDeque<String>>,
}

impl Words<'_> {
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
        for secret in self.heard.secrets {
            line = line.replace(secret, "***");
        }
        self.heard.observer.event(Event::Said { program: self.heard.program, line: &line });
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !line.is_empty() {
            kept.push_back(line);
        }
        if kept.len() > KEPT {
            kept.pop_front();
        }
    }

    fn failed(&self, message: String) -> Error {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let error = Error::new(ErrorKind::Program, message);
        match kept.is_empty() {
            true => error.source("it said nothing"),
            false => error.source(kept.iter().map(String::as_str).collect::<Vec<_>>().join("\n")),
        }
    }
}
