//! `via`: a command whose standard input and output are the server's byte stream.

use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

use crate::conn::{ByteStream, Dial};
use crate::error::{Error, ErrorKind};

/// Of what a command says on standard error, this much is kept for the message.
const KEPT: usize = 4096;

/// How long after the end of the stream the command's last words may take.
const PATIENCE: Duration = Duration::from_millis(500);

/// Starts the command through `sh -c`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ViaDial;

#[async_trait::async_trait]
impl Dial for ViaDial {
    async fn dial(&self, command: &str) -> crate::Result<Box<dyn ByteStream>> {
        Ok(Box::new(ViaStream::open(command)?))
    }
}

/// The command's two pipes as one stream. It runs with our environment, for `ssh` needs its agent, and in our process
/// group, for it may ask for a passphrase at the terminal.
struct ViaStream {
    command: String,
    /// `None` after the stream's shutdown: only closing the pipe tells the command.
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    /// Ends with what the command said on standard error.
    said: JoinHandle<String>,
    /// Runs from the end of the stream on: what the command left running may hold its standard error open.
    patience: Option<Pin<Box<tokio::time::Sleep>>>,
    received: bool,
    _child: Child,
}

impl ViaStream {
    fn open(command: &str) -> crate::Result<Self> {
        let not_started = |e| Error::new(ErrorKind::Program, format!("cannot start `{command}`")).source(e);
        let mut child = Command::new("/bin/sh")
            .args(["-c", command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(not_started)?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(Error::new(ErrorKind::Program, format!("`{command}` has no pipes")));
        };
        let said = tokio::spawn(listen(stderr));
        Ok(Self {
            command: command.to_owned(),
            stdin: Some(stdin),
            stdout,
            said,
            patience: None,
            received: false,
            _child: child,
        })
    }

    /// The stream ended before the server said a word: the command failed, and its own words say why.
    fn poll_refused(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let patience = self.patience.get_or_insert_with(|| Box::pin(tokio::time::sleep(PATIENCE)));
        let said = match Pin::new(&mut self.said).poll(cx) {
            Poll::Ready(said) => said.unwrap_or_default(),
            Poll::Pending => ready!(patience.as_mut().poll(cx).map(|()| String::new())),
        };
        self.said = tokio::spawn(std::future::ready(said.clone()));
        let colon = if said.is_empty() { "" } else { ": " };
        let message = format!("`{}` ended without an answer{colon}{said}", self.command);
        Poll::Ready(io::Error::new(io::ErrorKind::ConnectionAborted, message))
    }
}

/// Reads to the end, so that the command never blocks on it, and keeps the beginning.
async fn listen(mut stderr: ChildStderr) -> String {
    let (mut said, mut piece) = (Vec::new(), [0; 1024]);
    while let Ok(read @ 1..) = stderr.read(&mut piece).await {
        let room = KEPT.saturating_sub(said.len()).min(read);
        said.extend_from_slice(&piece[..room]);
    }
    String::from_utf8_lossy(&said).trim().to_owned()
}

impl AsyncRead for ViaStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stdout).poll_read(cx, buf))?;
        let ended = buf.filled().len() == before && buf.remaining() > 0;
        if ended && !self.received {
            return self.poll_refused(cx).map(Err);
        }
        self.received |= !ended;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ViaStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Some(stdin) = &mut self.stdin else { return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())) };
        match Pin::new(stdin).poll_write(cx, bytes) {
            Poll::Ready(Err(e)) if e.kind() == io::ErrorKind::BrokenPipe => self.poll_refused(cx).map(Err),
            poll => poll,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stdin.as_mut().map_or(Poll::Ready(Ok(())), |stdin| Pin::new(stdin).poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        self.stdin = None;
        Poll::Ready(Ok(()))
    }
}
