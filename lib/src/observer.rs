//! What the library tells while it works. It never prints: whoever calls it passes an [`Observer`].

use std::time::Duration;

/// Something that happened during an operation.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A statement was answered. Secrets in `sql` are already replaced.
    Sql {
        /// The statement as sent, secrets redacted.
        sql: &'a str,
        /// From sending to the last byte of the answer.
        took: Duration,
        /// The server's message, if it refused.
        error: Option<&'a str>,
    },
    /// The server sent a notice or a warning.
    Notice {
        /// `NOTICE`, `WARNING` …
        severity: &'a str,
        /// The text.
        message: &'a str,
    },
    /// A step of a plan begins.
    StepStarted {
        /// The step's title.
        title: &'a str,
    },
    /// A step of a plan ended well.
    StepDone {
        /// The step's title.
        title: &'a str,
        /// How long it took.
        took: Duration,
    },
    /// The operation waits: for a server, a lock, another instance. Said once per reason.
    Waiting {
        /// For what, with who holds it where that is known.
        reason: &'a str,
    },
    /// Something that the user should know and that is no error.
    Warning {
        /// One sentence.
        message: &'a str,
    },
    /// A program that we run said a line. The password of the database is already replaced in it.
    Said {
        /// Its name.
        program: &'a str,
        /// The line, without its end.
        line: &'a str,
    },
    /// Work on something large goes on.
    Progress {
        /// What is being done.
        what: &'a str,
        /// Units done so far.
        done: u64,
        /// Units in all, where known.
        total: Option<u64>,
    },
    /// Rows are on their way into a backup or out of one.
    Rows {
        /// What is being done.
        what: &'a str,
        /// Bytes of the database that are done.
        bytes: u64,
        /// Bytes in all.
        total: u64,
        /// Rows that are done.
        rows: u64,
    },
}

/// Receives what the library tells while it works.
pub trait Observer: Send + Sync {
    /// Called for each event, from the thread that works: be quick.
    fn event(&self, event: Event<'_>);

    /// Whether [`Event::Sql`] is wanted at all; statements are not even copied otherwise.
    fn wants_sql(&self) -> bool {
        false
    }
}

/// An observer that hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: Event<'_>) {}
}
