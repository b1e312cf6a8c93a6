//! Running statements: each to its end, or until Ctrl-C.

use std::time::{Duration, Instant};

use mainstay::console::{self, Console, Done, Script};
use mainstay::sql::{Statement, words as first_words};
use mainstay::{Error, ErrorKind};
use tokio::signal::unix::{SignalKind, signal};

use super::Repl;
use super::editor::Typed;
use super::prompt::Prompt;
use crate::error::CliError;
use crate::output::words;

/// How a statement ended.
enum Ended {
    Done(Done, Duration),
    Failed(Error),
    /// By Ctrl-C.
    Cancelled,
}

impl Repl<'_> {
    /// Runs the statements of `script` up to the first that fails.
    pub(super) async fn run_script(&mut self, script: &Script) -> Result<(), CliError> {
        let statements = match script.statements(self.flavor()) {
            Ok(statements) => statements,
            Err(error) => {
                self.say_error(&error);
                return Ok(());
            }
        };
        self.printer.stand_alone();
        for (at, statement) in statements.iter().enumerate() {
            if !self.run_statement(script, statement).await? {
                let left = statements.len() - at - 1;
                if left > 0 {
                    self.say(&format!("{} after it not run", words::plural(left, "statement")));
                }
                break;
            }
        }
        Ok(())
    }

    /// Runs one statement and tells how it ended; `false` where it did not end well.
    async fn run_statement(&mut self, script: &Script, statement: &Statement<'_>) -> Result<bool, CliError> {
        if let Err(error) = self.connected().await {
            self.say_error(&error);
            return Ok(false);
        }
        if !self.consents_to(script, statement).await? {
            return Ok(false);
        }
        let room = self.output.width.filter(|_| self.output.terminal);
        self.printer.lay_out(room, self.expanded);
        let Some(console) = &mut self.console else { return Ok(false) };
        let transaction = console.transaction();
        let ended = tokio::select! {
            ended = until_cancelled(console, statement, &mut self.printer) => ended?,
            _ = self.terminate.recv() => return Err(CliError::Interrupted),
        };
        match ended {
            Ended::Done(done, took) => {
                self.tell(statement, done, took)?;
                return Ok(true);
            }
            Ended::Failed(error) if error.kind() == ErrorKind::Io => return Err(CliError::not_written(error)),
            Ended::Failed(error) => {
                self.printer.broken_off()?;
                match error.kind() {
                    ErrorKind::ConnectionLost => self.lost(&error, transaction).await,
                    _ => self.say_error(&script.placed(statement, error)),
                }
            }
            Ended::Cancelled => {
                self.printer.broken_off()?;
                self.say("cancelled");
            }
        }
        Ok(false)
    }

    /// What deletes data on a production database needs its name: asks for it.
    async fn consents_to(&mut self, script: &Script, statement: &Statement<'_>) -> Result<bool, CliError> {
        let Some(console) = &self.console else { return Ok(false) };
        if !self.options.write || !self.production {
            return Ok(true);
        }
        let (flavor, name) = (console.flavor(), console.server().database.clone());
        let alone = Script { name: script.name.clone(), text: format!("{};", statement.text) };
        let Err(refused) = console::check_consent(&[alone], flavor, &name, self.confirmed.as_deref()) else {
            return Ok(true);
        };
        self.output.say(&format!("{} {}\n", self.output.paint().odd("warning:"), refused.message()));
        match self.editor.line(Prompt::question("its name, to run it: ")).await? {
            Typed::Line(typed) if typed.trim() == name => Ok(true),
            _ => {
                self.say("nothing was run");
                Ok(false)
            }
        }
    }

    fn tell(&mut self, statement: &Statement<'_>, done: Done, took: Duration) -> Result<(), CliError> {
        let rows = self.printer.end(done.changed)?;
        match (done.changed, rows) {
            (Some(_), _) if self.printer.tells_changes() => {}
            (Some(changed), _) => self.say(&format!("{} affected", words::plural(changed as usize, "row"))),
            (None, Some(rows)) => self.say(&words::plural(rows as usize, "row")),
            (None, None) => self.say("done"),
        }
        if self.timing {
            self.say(&format!("time {:.3} ms", took.as_secs_f64() * 1000.0));
        }
        if self.options.write && changes_names(statement.text, self.flavor()) {
            self.names_are_old = true;
        }
        Ok(())
    }
}

/// Runs `statement`; Ctrl-C asks the server to stop it, and the connection stays.
async fn until_cancelled(
    console: &mut Console,
    statement: &Statement<'_>,
    printer: &mut crate::output::rows::Printer,
) -> Result<Ended, Error> {
    const QUERY_CANCELED: &str = "57014";
    let listen = |error| Error::new(ErrorKind::Io, "cannot listen for signals").source(error);
    let mut interrupts = signal(SignalKind::interrupt()).map_err(listen)?;
    let stop = console.cancel_handle();
    let begun = Instant::now();
    let running = console.run(statement, printer);
    tokio::pin!(running);
    let mut asked = false;
    loop {
        tokio::select! {
            outcome = &mut running => return Ok(match outcome {
                Ok(done) => Ended::Done(done, begun.elapsed()),
                Err(error) if asked && error.sqlstate() == Some(QUERY_CANCELED) => Ended::Cancelled,
                Err(error) => Ended::Failed(error),
            }),
            _ = interrupts.recv() => {
                asked = true;
                let stop = stop.clone();
                // A server that cannot be reached must not keep a second Ctrl-C from being heard.
                tokio::spawn(async move { stop.cancel().await });
            }
        }
    }
}

/// May it have made or dropped something that has a name?
fn changes_names(sql: &str, flavor: mainstay::sql::Flavor) -> bool {
    let first = first_words(sql, flavor, 1);
    matches!(
        first.first().map(String::as_str),
        Some("CREATE" | "ALTER" | "DROP" | "IMPORT" | "DO" | "CALL" | "COMMIT" | "END" | "ROLLBACK")
    )
}
