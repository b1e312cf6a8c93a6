//! Splitting a script into statements.

use super::Flavor;

/// One statement of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// The statement's text without leading and trailing space and comments and without the semicolon.
    pub text: &'a str,
    /// Byte offset of `text` in the script.
    pub offset: usize,
    /// Line of the script on which `text` begins, from 1.
    pub line: usize,
    /// The rows of a `COPY … FROM stdin` block, without the closing `\.` line.
    pub copy_data: Option<&'a str>,
}

/// What was left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unterminated {
    /// `$tag$` without its end.
    DollarQuote,
    /// `'` without its end.
    String,
    /// `"` without its end.
    Identifier,
    /// `/*` without its end.
    Comment,
    /// `COPY … FROM stdin` without `\.`.
    CopyData,
    /// `BEGIN ATOMIC` (PostgreSQL) or a trigger's `BEGIN` (SQLite) without `END`.
    Body,
}

/// A script that ends inside something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what:?} is never closed")]
pub struct SplitError {
    /// What was left open.
    pub what: Unterminated,
    /// Byte offset of its beginning in the script.
    pub offset: usize,
}

/// The statements of `script`, in order; empty ones are left out.
///
/// # Errors
/// A quote, comment, body or COPY block that is never closed.
pub fn split(script: &str, flavor: Flavor) -> Result<Vec<Statement<'_>>, SplitError> {
    todo!("{script}{flavor:?}")
}
