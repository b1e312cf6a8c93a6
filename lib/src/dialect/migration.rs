//! A migration as its files say it, and as the ledger knows it.

use std::borrow::Cow;

use crate::disk::SourceFile;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::sql::{Flavor, Statement, redact, split};

use super::{Directives, Version};

/// Up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Towards the newest version.
    Up,
    /// Back.
    Down,
}

/// One numbered step with an up and, where it can be undone, a down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its place in the order.
    pub version: Version,
    /// Its name, without version and ending.
    pub name: String,
    /// The way up.
    pub up: Script,
    /// The way back.
    pub down: Option<Script>,
    /// Hash of the way up's statements, where the dialect keeps one.
    pub checksum: Option<String>,
    /// Whether it may be applied after higher versions.
    pub any_order: bool,
}

/// One script: a file's text and its directives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The file as messages name it.
    pub file: String,
    /// Its whole text.
    pub text: String,
    /// What its leading comments ask for.
    pub directives: Directives,
}

/// A migration that the ledger records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its version.
    pub version: Version,
    /// Its name at that time, where the ledger keeps it.
    pub name: Option<String>,
    /// Its checksum at that time, where the ledger keeps one.
    pub checksum: Option<String>,
    /// Whether all of it ran.
    pub state: AppliedState,
    /// When, as the database prints it.
    pub applied_at: Option<String>,
}

/// How far a recorded migration came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppliedState {
    /// All of it.
    Done,
    /// Outside a transaction, only the first statements: the number that ran.
    Partial(usize),
    /// It was begun and did not end, and nobody knows how far it came: the mark that sqlx, golang-migrate and Flyway leave.
    Dirty,
}

impl Migration {
    /// `version_name`, as people call it.
    pub fn title(&self) -> String {
        format!("{}_{}", self.version, self.name)
    }

    /// The same migration under its version as the ledger spells it: `01` there may be `001` in the folder by now, and
    /// what the ledger is told must meet its row.
    pub fn spelled(&self, version: &Version) -> Self {
        Self { version: version.clone(), ..self.clone() }
    }

    /// The script for `direction`.
    pub fn script(&self, direction: Direction) -> Option<&Script> {
        match direction {
            Direction::Up => Some(&self.up),
            Direction::Down => self.down.as_ref(),
        }
    }
}

impl Script {
    /// Reads a file: UTF-8 without a byte order mark, statements that split.
    ///
    /// # Errors
    /// [`ErrorKind::Source`] with the place.
    pub fn read(file: &SourceFile, flavor: Flavor) -> Result<Self> {
        Self::parse(file, Self::text(file)?, flavor)
    }

    /// A file's text: UTF-8 without a byte order mark.
    ///
    /// # Errors
    /// [`ErrorKind::Source`] with the place.
    pub fn text(file: &SourceFile) -> Result<String> {
        let name = file.path.display().to_string();
        let text = match &file.bytes {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes),
            Cow::Owned(bytes) => std::str::from_utf8(bytes),
        }
        .map_err(|error| not_utf8(&name, &file.bytes, error.valid_up_to()))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        if let Some(at) = text.find('\0') {
            let error = Error::new(ErrorKind::Source, "a NUL character, which no server takes");
            return Err(error.at(Place::in_text(&name, &text, at)).hint("remove it from the file"));
        }
        Ok(text)
    }

    /// `text`, which is `file`'s or the part of it that is one script: the rest blanked, so that places stay right.
    ///
    /// # Errors
    /// [`ErrorKind::Source`] with the place.
    pub fn parse(file: &SourceFile, text: String, flavor: Flavor) -> Result<Self> {
        let name = file.path.display().to_string();
        split(&text, flavor).map_err(|error| {
            Error::new(ErrorKind::Source, error.to_string())
                .at(Place::in_text(&name, &text, error.offset))
                .hint("close it, then look at the whole folder: mainstay migrate check")
        })?;
        let directives = Directives::read(&name, &text)?;
        Ok(Self { file: name, text, directives })
    }

    /// Its statements. Reading the script has shown that it splits.
    pub fn statements(&self, flavor: Flavor) -> Vec<Statement<'_>> {
        split(&self.text, flavor).unwrap_or_default()
    }

    /// The place of `statement`, or of character `position` (from 1) in it.
    pub fn place(&self, statement: &Statement<'_>, position: Option<usize>) -> Place {
        let inside = position
            .and_then(|position| statement.text.char_indices().nth(position.saturating_sub(1)))
            .map_or(0, |(byte, _)| byte);
        let place = Place::in_text(&self.file, &self.text, statement.offset + inside);
        let text = without_secrets(&place, statement);
        Place { text, ..place }
    }
}

/// The line of `place`, which is in `statement`, without the secrets of that.
fn without_secrets(place: &Place, statement: &Statement<'_>) -> String {
    let (was, shown) = (statement.text, redact(statement.text));
    let lines = was.lines().count();
    if lines < 2 || shown == was {
        return redact(&place.text);
    }
    // The word PASSWORD and what follows it may stand on two lines, so the statement is read whole.
    let line = shown.lines().nth(place.line.saturating_sub(statement.line));
    line.filter(|_| shown.lines().count() == lines).unwrap_or("***").to_owned()
}

fn not_utf8(name: &str, bytes: &[u8], valid_up_to: usize) -> Error {
    let before = String::from_utf8_lossy(&bytes[..valid_up_to]).into_owned();
    let byte = bytes[valid_up_to];
    Error::new(ErrorKind::Source, format!("the file is not UTF-8: byte 0x{byte:02x}"))
        .at(Place::in_text(name, &before, before.len()))
        .hint(format!("iconv -f LATIN1 -t UTF-8 {name} > {name}.utf8, and look at the result"))
}
