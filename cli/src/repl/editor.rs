//! The line that is being typed. The editor blocks while it waits for keys, so it has a thread of its own, and sessions and
//! signals go on meanwhile.

use std::cell::Cell;
use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc;

use mainstay::{Error, ErrorKind};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config};
use tokio::sync::oneshot;

use super::completion::{Completion, Known};
use super::prompt::Prompt;

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// A line; several where they were pasted.
    Line(String),
    /// Ctrl-C: what was typed so far is not wanted.
    Cleared,
    /// Ctrl-D, or the terminal is gone.
    End,
}

/// The thread with the line editor.
pub(super) struct Editor {
    wishes: mpsc::Sender<Wish>,
    /// The terminal as it was before: a thread that still waits for keys cannot put it back.
    before: Option<Termios>,
    waits_for_keys: Cell<bool>,
}

enum Wish {
    Line(Prompt, oneshot::Sender<Result<Typed, Error>>),
    Remember(String),
}

impl Editor {
    /// Starts the thread, with the history that is in `file`.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(super) fn start(file: Option<PathBuf>, known: Known) -> Result<Self, Error> {
        let (wishes, received) = mpsc::channel();
        std::thread::Builder::new()
            .name("mainstay-editor".to_owned())
            .spawn(move || serve(&received, file.as_deref(), known))
            .map_err(|error| Error::new(ErrorKind::Io, "cannot start a thread for the line editor").source(error))?;
        Ok(Self { wishes, before: tcgetattr(std::io::stdin()).ok(), waits_for_keys: Cell::new(false) })
    }

    /// Reads a line behind `prompt`.
    ///
    /// # Errors
    /// The terminal cannot be read.
    pub(super) async fn line(&self, prompt: Prompt) -> Result<Typed, Error> {
        let (answer, typed) = oneshot::channel();
        self.waits_for_keys.set(true);
        // A thread that is gone drops the answer's other end.
        let _ = self.wishes.send(Wish::Line(prompt, answer));
        let typed = typed.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Io, "the line editor has ended")));
        self.waits_for_keys.set(false);
        typed
    }

    /// Adds `text` to the history.
    pub(super) fn remember(&self, text: &str) {
        let _ = self.wishes.send(Wish::Remember(text.to_owned()));
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        /// Pasted text is no longer marked as such, and what is said next begins a line.
        const UNMARKED: &[u8] = b"\x1b[?2004l\r\n";
        if let (true, Some(before)) = (self.waits_for_keys.get(), &self.before) {
            let _ = std::io::stdout().write_all(UNMARKED);
            let _ = std::io::stdout().flush();
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
        }
    }
}

type Rustyline = rustyline::Editor<Completion, FileHistory>;

fn serve(wishes: &mpsc::Receiver<Wish>, file: Option<&std::path::Path>, known: Known) {
    let config = Config::builder().auto_add_history(false).completion_type(CompletionType::List).build();
    let Ok(mut editor) = Rustyline::with_config(config) else { return };
    editor.set_helper(Some(Completion::new(known)));
    if let Some(file) = file {
        // There is none before the first line was kept.
        let _ = editor.load_history(file);
    }
    for wish in wishes {
        match wish {
            Wish::Line(prompt, answer) => drop(answer.send(read(&mut editor, &prompt))),
            Wish::Remember(text) => {
                let added = editor.add_history_entry(text).unwrap_or(false);
                if let (true, Some(file)) = (added, file) {
                    // A history that cannot be kept is no reason to bother who types; it was said at the start.
                    let _ = editor.append_history(file);
                }
            }
        }
    }
}

fn read(editor: &mut Rustyline, prompt: &Prompt) -> Result<Typed, Error> {
    match editor.readline(&(&*prompt.plain, &*prompt.painted)) {
        Ok(line) => Ok(Typed::Line(line)),
        Err(ReadlineError::Interrupted) => Ok(Typed::Cleared),
        Err(ReadlineError::Eof) => Ok(Typed::End),
        Err(error) => Err(Error::new(ErrorKind::Io, "cannot read from the terminal").source(error)),
    }
}
