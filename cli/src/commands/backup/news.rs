//! Telling others what became of a backup: the commands and the file of `[backup]`.

use std::sync::Arc;
use std::time::Instant;

use mainstay::backup::{Listeners, Notice, Operation};
use mainstay::observer::{Event, Observer};

use crate::context::Context;
use crate::error::CliError;
use crate::{commands::Outcome, reach};

/// What is being done with a backup, to be told of at its end.
pub(super) struct News<'a> {
    context: &'a Context,
    listeners: Listeners,
    operation: Operation,
    database: Option<String>,
    store: String,
    begun: Instant,
}

impl<'a> News<'a> {
    /// Begins `operation`. Whose backups they are is known by the target, until a backup says otherwise.
    ///
    /// # Errors
    /// A setting is wrong.
    pub(super) fn begin(operation: Operation, store: String, context: &'a Context) -> Result<Self, CliError> {
        let builder = reach::builder(context)?;
        let database = reach::own_database(&builder);
        Ok(Self { context, listeners: builder.backup_listeners()?, operation, database, store, begun: Instant::now() })
    }

    /// A notice of what was done, to be completed by what is known of the backup.
    pub(super) fn notice(&self, state: &'static str) -> Notice {
        Notice {
            operation: self.operation,
            database: self.database.clone(),
            store: self.store.clone(),
            id: None,
            bytes: None,
            rows: None,
            seconds: self.begun.elapsed().as_secs_f64(),
            state,
            error: None,
        }
    }

    /// Tells of what went well, or came out as a result that is a failure; `told` is how the result was printed. A backup stays a
    /// backup where telling fails: the command fails for that alone.
    pub(super) async fn tell(&self, notice: Notice, told: Result<Outcome, CliError>) -> Result<Outcome, CliError> {
        match (self.listeners.tell(&notice, &self.observer()).await, told) {
            (Ok(()), told) => told,
            (Err(error), Ok(_)) => Err(CliError::Answered(error)),
            (Err(error), told) => {
                self.warn(&error);
                told
            }
        }
    }

    /// Hands on what came, and tells of it where it is a failure.
    pub(super) async fn heard<T>(&self, came: Result<T, CliError>) -> Result<T, CliError> {
        match came {
            Err(CliError::Failed(error)) => Err(self.failed(error).await),
            came => came,
        }
    }

    /// Tells of a failure, and hands it on.
    pub(super) async fn failed(&self, error: mainstay::Error) -> CliError {
        // It is tried again once the password is typed.
        if !reach::may_ask_after(self.context, &error) {
            let notice = Notice { error: Some(error.one_line()), ..self.notice("failed") };
            if let Err(second) = self.listeners.tell(&notice, &self.observer()).await {
                self.warn(&second);
            }
        }
        error.into()
    }

    fn warn(&self, error: &mainstay::Error) {
        self.context.observer.event(Event::Warning { message: &error.one_line() });
    }

    fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.context.observer) as _
    }
}
