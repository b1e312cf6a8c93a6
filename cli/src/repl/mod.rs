//! `mainstay sql` at a terminal: a line is read, its statements run, and the next one is asked for.

mod command;
mod completion;
mod connection;
mod editor;
mod history;
mod prompt;
mod statement;

pub(crate) use command::in_script;

use std::sync::atomic::Ordering;

use mainstay::conn::Target;
use mainstay::console::{Console, Options, Script, Transaction};
use mainstay::sql::{Flavor, Unterminated, Waiting, typed};
use mainstay::{Database, Error, ErrorKind};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::commands::Outcome;
use crate::context::Context;
use crate::error::CliError;
use crate::output::rows::{Expanded, Format, Printer};
use crate::output::{self, Output};
use completion::Known;
use editor::{Editor, Typed};
use prompt::{Prompt, Told};

/// What a script is called that was typed.
const TYPED: &str = "input";

/// The console and all that it goes by.
pub(crate) struct Repl<'a> {
    context: &'a Context,
    database: &'a Database,
    options: Options,
    /// Where `\c` has led to.
    target: Target,
    /// `None` after the connection was lost and could not be made again.
    console: Option<Console>,
    /// What deletes data needs the database's name.
    production: bool,
    /// A name that was confirmed on the command line.
    confirmed: Option<String>,
    editor: Editor,
    known: Known,
    /// The names for completion are to be asked for again.
    names_are_old: bool,
    printer: Printer,
    expanded: Expanded,
    timing: bool,
    output: Output,
    terminate: Signal,
    /// What was typed of a statement that is not whole yet.
    pending: String,
}

/// Does the console go on?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    GoesOn,
    Ends,
}

/// Reads and runs until the user leaves.
///
/// # Errors
/// There is no connection to begin with, the terminal cannot be read or written, or a signal ends it.
pub(crate) async fn run(
    database: &Database,
    console: Console,
    options: Options,
    format: Format,
    context: &Context,
) -> Result<Outcome, CliError> {
    // Ctrl-C is for the statement, or for the line.
    context.hands_signals_on.store(true, Ordering::Relaxed);
    let history = history::file(context.vars()).unwrap_or_else(|error| {
        context.output.say(&output::report(&error, &context.output));
        None
    });
    let known = Known::nothing(console.flavor());
    let mut repl = Repl {
        context,
        database,
        options,
        target: database.target().clone(),
        console: Some(console),
        production: false,
        confirmed: context.globals.confirm.clone(),
        editor: Editor::start(history, known.clone())?,
        known,
        names_are_old: true,
        printer: Printer::new(format, &context.output),
        expanded: Expanded::Auto,
        timing: false,
        output: context.output.clone(),
        terminate: signal(SignalKind::terminate())
            .map_err(|error| Error::new(ErrorKind::Io, "cannot listen for signals").source(error))?,
        pending: String::new(),
    };
    repl.greet().await;
    while repl.turn().await? == Flow::GoesOn {}
    repl.leave().await;
    Ok(Outcome::Done)
}

impl Repl<'_> {
    async fn greet(&mut self) {
        let Some(console) = &mut self.console else { return };
        let production = self.database.reads_production(console).await;
        let engine = if console.flavor() == Flavor::Sqlite { "SQLite" } else { "PostgreSQL" };
        let server = console.server();
        let standby = if server.standby { ", a standby" } else { "" };
        let mut lines = vec![format!("{engine} {}{standby}", server.version)];
        lines.extend(console.reader().map(|reader| format!("reading as role {reader}")));
        lines.push(match self.options.write {
            true => "statements may write, each is committed by itself; \\? for help, \\q to leave".to_owned(),
            false => "only reading; to write: mainstay sql --write; \\? for help, \\q to leave".to_owned(),
        });
        self.production = production;
        lines.iter().for_each(|line| self.say(line));
    }

    /// One line: reads it, and runs what it makes whole.
    async fn turn(&mut self) -> Result<Flow, CliError> {
        let (_, waiting) = typed(&self.pending, self.flavor());
        let typed = self.read(waiting).await?;
        self.output = self.context.output.measured_again(self.context.vars());
        match typed {
            Typed::End => {
                self.say("");
                Ok(Flow::Ends)
            }
            Typed::Cleared => {
                self.pending.clear();
                Ok(Flow::GoesOn)
            }
            Typed::Line(line) => self.take(&line, waiting).await,
        }
    }

    /// Reads a line; what completion goes by is asked for meanwhile.
    async fn read(&mut self, waiting: Waiting) -> Result<Typed, CliError> {
        let prompt = self.prompt(waiting);
        self.known.follow(&self.pending);
        let asks = self.names_are_old && !self.in_transaction();
        let learning = async {
            let Some(console) = self.console.as_mut().filter(|_| asks) else { return false };
            // A lost connection is told by the next statement; completion is not worth a word.
            if let Ok(names) = console.names().await {
                self.known.learn(console.flavor(), names);
            }
            true
        };
        let reading = self.editor.line(prompt);
        let (line, learnt) = tokio::select! {
            both = async { tokio::join!(reading, learning) } => both,
            _ = self.terminate.recv() => return Err(CliError::Interrupted),
        };
        self.names_are_old &= !learnt;
        Ok(line?)
    }

    /// Adds `line` to what was typed and runs what is whole, or obeys a backslash command.
    async fn take(&mut self, line: &str, waiting: Waiting) -> Result<Flow, CliError> {
        let between_words = matches!(
            waiting,
            Waiting::Nothing | Waiting::Statement | Waiting::Parenthesis | Waiting::Open(Unterminated::Body)
        );
        if between_words && line.trim_start().starts_with('\\') {
            self.remember(line);
            return command::run(self, line).await;
        }
        if waiting == Waiting::Nothing {
            match line.trim().trim_end_matches(';') {
                "quit" | "exit" => return Ok(Flow::Ends),
                "help" => return command::run(self, "\\?").await,
                _ => {}
            }
        }
        self.pending.push_str(line);
        self.pending.push('\n');
        let (whole, waiting) = typed(&self.pending, self.flavor());
        if whole == 0 {
            if waiting == Waiting::Nothing {
                self.pending.clear();
            }
            return Ok(Flow::GoesOn);
        }
        let rest = self.pending.split_off(whole);
        let text = std::mem::replace(&mut self.pending, if rest.trim().is_empty() { String::new() } else { rest });
        let script = Script { name: TYPED.to_owned(), text: text.trim_end().to_owned() };
        self.remember(script.text.trim_start());
        self.run_script(&script).await?;
        Ok(Flow::GoesOn)
    }

    fn prompt(&self, waiting: Waiting) -> Prompt {
        let told = Told {
            database: self.console.as_ref().map_or("", |console| &console.server().database),
            write: self.options.write,
            production: self.production,
            transaction: self.console.as_ref().map_or(Transaction::None, Console::transaction),
            waiting,
        };
        Prompt::new(&told, self.output.paint_result())
    }

    fn remember(&self, text: &str) {
        if history::keeps(text) {
            self.editor.remember(text);
        }
    }

    fn flavor(&self) -> Flavor {
        self.target.flavor()
    }

    fn in_transaction(&self) -> bool {
        self.console.as_ref().is_some_and(|console| console.transaction() != Transaction::None)
    }

    /// A line beside the results.
    fn say(&self, line: &str) {
        self.context.observer.line(line);
    }

    fn say_error(&self, error: &Error) {
        self.output.say(&output::report(error, &self.output));
    }

    /// A result that is no statement's.
    fn print(&self, text: &str) -> Result<(), CliError> {
        self.output.write(text.as_bytes())
    }
}
