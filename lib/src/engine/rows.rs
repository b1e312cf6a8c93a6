//! Rows as they come or go, a few at a time: what makes a table of any size pass in constant memory.

use std::io;

use crate::error::{Error, ErrorKind};

/// What a value is, as far as its printed form matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything that is none of the others.
    Text,
    /// A number: digits, perhaps `NaN` or `Infinity`.
    Number,
    /// `t` or `f`.
    Bool,
    /// A JSON document.
    Json,
    /// A timestamp, with or without time zone, in ISO style.
    Timestamp,
}

/// One value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell<'a> {
    /// What it is.
    pub kind: Kind,
    /// The bytes that the server prints, commonly UTF-8; `None` is NULL.
    pub text: Option<&'a [u8]>,
}

/// Takes the rows of one statement as they come.
///
/// An error of its own (nobody reads any more) ends the statement; it comes back as the source of an
/// [`ErrorKind::Io`] error, and one of the library's that it carries as it was.
pub trait Rows: Send {
    /// Whether it would rather have the server's own CSV than single values, where the server can make it.
    fn wants_csv(&self) -> bool {
        false
    }

    /// The names of the columns, before the first row; not called for a statement that returns none.
    ///
    /// # Errors
    /// They cannot be written.
    fn columns(&mut self, names: &[String]) -> io::Result<()>;

    /// A row.
    ///
    /// # Errors
    /// It cannot be written.
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()>;

    /// A piece of the rows as the server's own CSV, without header. Called only if [`Rows::wants_csv`] said so.
    ///
    /// # Errors
    /// It cannot be written.
    fn csv(&mut self, piece: &[u8]) -> io::Result<()> {
        let _ = piece;
        Ok(())
    }
}

/// Gives the rows of a `COPY … FROM stdin`, in the format that the statement asks for, piece by piece: a piece may end anywhere.
#[async_trait::async_trait]
pub trait Pieces: Send {
    /// The next piece; `None` after the last.
    ///
    /// # Errors
    /// It cannot be read: nothing of the rows is stored then.
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>>;
}

/// The writer's own failure as the library's error.
pub(super) fn not_taken(error: io::Error) -> Error {
    ours(error, "cannot write the rows")
}

/// The failure of whoever gives the rows, as the library's error.
#[cfg(feature = "postgres")]
pub(super) fn not_given(error: io::Error) -> Error {
    ours(error, "cannot read the rows; none was stored")
}

/// An error of the library that was only carried through comes out as it was.
fn ours(error: io::Error, message: &str) -> Error {
    match error.downcast::<Error>() {
        Ok(carried) => carried,
        Err(error) => Error::new(ErrorKind::Io, message).source(error),
    }
}
