//! A text of statements and where each of them is.

use crate::error::{Error, ErrorKind, Place, Result};
use crate::sql::{Flavor, Statement, Unterminated, Waiting, split, typed};

/// A text of statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The file as the user names it, or `-c`, or `stdin`.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl Script {
    /// A script from the bytes of `name`.
    ///
    /// # Errors
    /// It is not UTF-8.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self> {
        let name = name.into();
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let before = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
            Error::new(ErrorKind::Source, format!("the script is not UTF-8: byte 0x{:02x}", error.as_bytes()[valid]))
                .at(Place::in_text(&name, &before, before.len()))
                .hint(format!("iconv -f LATIN1 -t UTF-8 {name} > {name}.utf8, and look at the result"))
        })?;
        Ok(Self { name, text })
    }

    /// Its statements, in order.
    ///
    /// # Errors
    /// A quote, comment, body or COPY block is never closed.
    pub fn statements(&self, flavor: Flavor) -> Result<Vec<Statement<'_>>> {
        split(&self.text, flavor).map_err(|open| {
            Error::new(ErrorKind::Sql, format!("{open}; nothing was run")).at(Place::in_text(
                &self.name,
                &self.text,
                open.offset,
            ))
        })
    }

    /// The one statement that it is, where that is a `COPY … FROM stdin` whose rows are to come from elsewhere.
    pub fn copy_in(&self, flavor: Flavor) -> Option<Statement<'_>> {
        let text = self.text.trim_end().trim_end_matches(';').trim_end();
        let begins = text.len() - text.trim_start().len();
        let (whole, waiting) = typed(&format!("{text};"), flavor);
        let awaits = waiting == Waiting::Open(Unterminated::CopyData) && whole == begins;
        awaits.then(|| Statement { text: &text[begins..], offset: begins, line: 1, copy_data: None })
    }

    /// `error` of `statement` with its place: where the server points, else where the statement begins.
    pub fn placed(&self, statement: &Statement<'_>, error: Error) -> Error {
        if matches!(error.kind(), ErrorKind::Io | ErrorKind::ConnectionLost) {
            return error;
        }
        let position = error.sql().and_then(|sql| sql.position);
        let inside = position
            .and_then(|position| statement.text.char_indices().nth(position.saturating_sub(1)))
            .map_or(0, |(byte, _)| byte);
        error.at(Place::in_text(&self.name, &self.text, statement.offset + inside))
    }
}
