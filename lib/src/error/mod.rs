//! One error type for the whole library.
//!
//! An [`Error`] says what failed, where ([`Place`]), why (the server's [`SqlError`] or another
//! source) and what to type next (hints). Its [`ErrorKind`] is what a program may branch on;
//! [`ErrorKind::class`] folds the kinds into the few outcomes that a command's exit code tells apart.

mod place;
mod shell;
mod sql;

pub use place::Place;
pub use shell::{move_away, shell_word};
pub use sql::SqlError;

use std::fmt;

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, for a program to branch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A wrong argument or a combination of arguments that makes no sense.
    Usage,
    /// `mainstay.toml`, a connection setting or a file that one of them names is wrong.
    Config,
    /// Nothing names a database.
    NoTarget,
    /// The migrations folder or a file in it is wrong: name, encoding, gap, half a quote.
    Source,
    /// The server (or SQLite) refused a statement; [`Error::sql`] has its own words.
    Sql,
    /// Nobody answers at the address.
    Unreachable,
    /// The server is there and says that it is starting up, shutting down or recovering.
    Starting,
    /// The password is wrong or missing, or `pg_hba.conf` has no line for us.
    Authentication,
    /// Peer authentication: the OS user is not the role.
    PeerAuthentication,
    /// The role to connect as does not exist.
    RoleMissing,
    /// The database to connect to does not exist.
    DatabaseMissing,
    /// TLS was refused, or a certificate does not verify.
    Tls,
    /// The server has no connection left for us.
    TooManyConnections,
    /// The connection broke after it had been made.
    ConnectionLost,
    /// A file or folder could not be read or written.
    Io,
    /// What was named is not there: a backup, an object of a store.
    NotFound,
    /// An external program failed or is missing.
    Program,
    /// Somebody else holds the lock.
    Locked,
    /// A guard said no: a hazard not allowed, sources in conflict, a confirmation missing.
    Refused,
    /// A check found that things are not as they should be: edited migrations, a bad copy.
    Verification,
    /// This engine, or this kind of object, is not provided for yet.
    Unsupported,
}

/// The outcomes that a command's exit code tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The operation failed (exit code 1).
    Failed,
    /// Wrong use or wrong configuration (2).
    Usage,
    /// The server refused a statement (3).
    Sql,
    /// No usable connection (4).
    Connect,
    /// A guard refused (5).
    Refused,
    /// A verification failed (6).
    Verification,
}

impl ErrorKind {
    /// The outcome that this kind counts as.
    pub fn class(self) -> ErrorClass {
        match self {
            Self::Usage | Self::Config | Self::NoTarget => ErrorClass::Usage,
            Self::Sql => ErrorClass::Sql,
            Self::Unreachable
            | Self::Starting
            | Self::Authentication
            | Self::PeerAuthentication
            | Self::RoleMissing
            | Self::DatabaseMissing
            | Self::Tls
            | Self::TooManyConnections => ErrorClass::Connect,
            Self::Refused => ErrorClass::Refused,
            Self::Verification => ErrorClass::Verification,
            Self::Source
            | Self::ConnectionLost
            | Self::Io
            | Self::NotFound
            | Self::Program
            | Self::Locked
            | Self::Unsupported => ErrorClass::Failed,
        }
    }
}

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What failed, where, why, and what to do next.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    place: Option<Place>,
    sql: Option<SqlError>,
    hints: Vec<String>,
    half_done: bool,
    copy: Option<String>,
    source: Option<Source>,
}

impl Error {
    /// An error of `kind` that says `message`: a sentence without a full stop, lower case at the start.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            place: None,
            sql: None,
            hints: Vec::new(),
            half_done: false,
            copy: None,
            source: None,
        }))
    }

    /// A statement that the server refused; the message is the server's own.
    pub fn from_sql(sql: SqlError) -> Self {
        let mut error = Self::new(ErrorKind::Sql, sql.message.clone());
        error.0.sql = Some(sql);
        error
    }

    /// An input or output error on `path`: every such error names its file.
    pub fn io(doing: &str, path: &std::path::Path, source: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, format!("cannot {doing} {}", path.display())).source(source)
    }

    /// Adds a hint: one sentence with the next command to type.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// The same error without hints, for a caller in whose place they would mislead.
    #[must_use]
    pub fn without_hints(mut self) -> Self {
        self.0.hints.clear();
        self
    }

    /// Adds what caused it.
    #[must_use]
    pub fn source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds where it happened.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.0.place = Some(place);
        self
    }

    /// The same error for work that stays half done: nothing undoes by itself what it did before it failed.
    #[must_use]
    pub fn half_done(mut self) -> Self {
        self.0.half_done = true;
        self
    }

    /// Adds the name of the copy that was taken before, for `restore`.
    #[must_use]
    pub fn with_copy(mut self, name: impl Into<String>) -> Self {
        self.0.copy = Some(name.into());
        self
    }

    /// Puts `message` in front; what was said until now becomes its cause. Everything else stays.
    #[must_use]
    pub fn context(mut self, message: impl Into<String>) -> Self {
        let kind = self.0.kind;
        let place = self.0.place.take();
        let hints = std::mem::take(&mut self.0.hints);
        let sql = self.0.sql.clone();
        let (half_done, copy) = (self.0.half_done, self.0.copy.take());
        let message = message.into();
        Self(Box::new(Inner { kind, message, place, sql, hints, half_done, copy, source: Some(self.into()) }))
    }

    /// The same error as another kind, for a caller that knows better what it means.
    #[must_use]
    pub fn of_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// The same error in other words, for a caller that knows more. What caused it stays.
    #[must_use]
    pub fn reword(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    /// The same error with the server's position counted from elsewhere, for a caller that sent more than one statement.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub(crate) fn with_position(mut self, position: Option<usize>) -> Self {
        if let Some(sql) = &mut self.0.sql {
            sql.position = position;
        }
        self
    }

    /// What a program may branch on.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The sentence, without causes.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where it happened: file, line, column and the line's text.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The server's own words, when it was the server that refused.
    pub fn sql(&self) -> Option<&SqlError> {
        self.0.sql.as_ref()
    }

    /// SQLSTATE, when it was the server that refused.
    pub fn sqlstate(&self) -> Option<&str> {
        self.sql().map(|sql| sql.sqlstate.as_str())
    }

    /// What to do next, each with a command to type.
    pub fn hints(&self) -> &[String] {
        &self.0.hints
    }

    /// Whether something was done before it failed that stays.
    pub fn is_half_done(&self) -> bool {
        self.0.half_done
    }

    /// The copy that was taken before, by the name that `restore` knows it by.
    pub fn copy(&self) -> Option<&str> {
        self.0.copy.as_deref()
    }

    /// The sentence and those of the causes as one.
    pub fn one_line(&self) -> String {
        std::iter::once(self.0.message.clone()).chain(self.causes()).collect::<Vec<_>>().join(": ")
    }

    /// The sentences of the causes, outermost first, without repetition.
    pub fn causes(&self) -> Vec<String> {
        let mut said = vec![self.0.message.clone()];
        let mut next = std::error::Error::source(self);
        while let Some(cause) = next {
            let text = cause.to_string();
            if !said.contains(&text) {
                said.push(text);
            }
            next = cause.source();
        }
        said.split_off(1)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.message)?;
        if let Some(place) = &self.0.place {
            write!(f, " at {place}")?;
        }
        for cause in self.causes() {
            write!(f, "; caused by: {cause}")?;
        }
        for hint in &self.0.hints {
            write!(f, "; hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
