//! Rows of an entry on their way into a table, digested as they pass.

use std::io;

use crate::archive::compose::names;
use crate::archive::digest::{RowReader, Rows, Seed};
use crate::archive::manifest::Part;
use crate::archive::toc::Entry;
use crate::engine::{Pieces, Session};
use crate::error::{Error, ErrorKind, Result};

use super::copy::Copy;
use super::crew::Crew;
use super::decoded::Decoded;
use super::script::{Piece, Script};
use super::work::{Load, format_of};

/// Loads the rows of `load`; how many they were, and their digest.
pub(super) async fn load(crew: &Crew<'_>, session: &mut dyn Session, load: &Load) -> Result<Option<Rows>> {
    let entry = &crew.archive.toc.entries[load.entry];
    let Some(copy) = entry.copy.as_deref().and_then(Copy::parse) else {
        inserts(crew, session, entry).await?;
        return Ok(None);
    };
    let mut options: Vec<String> = crew.manner.rows.of_copy().into_iter().collect();
    if load.fresh {
        options.push("FREEZE".to_owned());
    }
    let alone = load.fresh && !crew.one_transaction;
    if alone {
        // What is emptied in the same transaction may be frozen, and where the server keeps no log for others it need not be in it.
        let name = names::joined(entry.namespace.as_deref(), entry.tag.as_deref().unwrap_or_default());
        let truncate = crew.manner.texts.statements(&[b"TRUNCATE ONLY ", &name[..]].concat());
        session.query(&format!("BEGIN; {truncate}")).await?;
    }
    let statement = text(copy.with(&options), entry)?;
    let seed = crew.archive.manifest.as_ref().map_or(Seed(0), |manifest| manifest.seed);
    let reader = Some(RowReader::new(format_of(&copy), seed));
    let expected = crew.part(entry).map(|part| part.rows);
    let data = crew.archive.data(entry).await?;
    let mut feed = Feed { data, reader, expected, sent: Rows::default(), crew };
    let copied = session.copy_in(&statement, &mut feed).await;
    let (stored, sent) = (copied?, feed.sent);
    if stored != sent.count {
        let message = format!("the server has stored {stored} rows, and {} were sent", sent.count);
        return Err(Error::new(ErrorKind::Verification, message));
    }
    if alone {
        session.query("COMMIT").await?;
    }
    Ok(Some(sent))
}

/// Runs the statements that an entry has in place of rows: `pg_dump --inserts`.
async fn inserts(crew: &Crew<'_>, session: &mut dyn Session, entry: &Entry) -> Result<()> {
    let mut script = Script::new(crew.archive.data(entry).await?);
    while let Some(Piece::Statement(statement)) = script.next().await? {
        session.query(&crew.manner.rows.statements(&statement.text)).await?;
        crew.passed(script.taken());
    }
    Ok(())
}

/// A statement that goes as it is: a name in another encoding than UTF-8 cannot be said in COPY.
fn text(statement: Vec<u8>, entry: &Entry) -> Result<String> {
    String::from_utf8(statement).map_err(|_| {
        let message = format!("the name in {} is not UTF-8", entry.describe());
        Error::new(ErrorKind::Unsupported, message)
            .hint("restore it with PostgreSQL's own program: pg_restore --dbname=NAME ARCHIVE")
    })
}

struct Feed<'a> {
    data: Decoded,
    reader: Option<RowReader>,
    expected: Option<Rows>,
    sent: Rows,
    crew: &'a Crew<'a>,
}

impl Feed<'_> {
    async fn piece(&mut self) -> Result<Option<Vec<u8>>> {
        let piece = self.data.next().await?;
        self.crew.passed(self.data.taken());
        match (&piece, &mut self.reader) {
            (Some(piece), Some(reader)) => reader.push(piece)?,
            (None, Some(_)) => self.sent = self.reader.take().map_or_else(|| Ok(Rows::default()), RowReader::finish)?,
            _ => {}
        }
        if piece.is_none()
            && let Some(expected) = self.expected
            && expected != self.sent
        {
            let message =
                format!("the rows are others than were backed up: {}, and it should be {expected}", self.sent);
            return Err(
                Error::new(ErrorKind::Verification, message).hint("restore another backup: mainstay backup list")
            );
        }
        Ok(piece)
    }
}

#[async_trait::async_trait]
impl Pieces for Feed<'_> {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.piece().await.map_err(io::Error::other)
    }
}

/// The part of a table that an entry's file is.
pub(super) fn part_of<'a>(parts: impl Iterator<Item = &'a Part>, file: &[u8]) -> Option<&'a Part> {
    let base = String::from_utf8_lossy(file);
    let mut parts = parts;
    parts.find(|part| part.file.strip_prefix(&*base).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}
