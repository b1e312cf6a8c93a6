//! A script of any size, statement by statement: no more of it is held than one statement, or a piece of a COPY's rows.

use crate::archive::digest::{CopyFormat, RowReader, Rows, Seed};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, TokenKind, Unterminated, Waiting, significant, typed};

use super::decoded::Decoded;

/// The largest statement that is read: the server takes no larger one.
const LARGEST: usize = 1 << 30;

/// A script that is being read.
pub(super) struct Script {
    data: Decoded,
    /// Read and not yet handed on.
    held: Vec<u8>,
    /// Up to where `held` was looked through for the end of a statement.
    seen: usize,
    /// The line of the script on which `held` begins, from 1.
    line: usize,
    ended: bool,
    /// Whether the rows of a COPY come next.
    rows: bool,
}

/// What a script is made of.
pub(super) enum Piece {
    /// A statement, with what stands before it.
    Statement(Text),
    /// A statement whose rows follow: read them with [`Script::rows`].
    Copy(Text),
    /// A command for psql, with its line.
    Meta(String, usize),
}

/// The text of a statement.
pub(super) struct Text {
    pub(super) text: Vec<u8>,
    /// The line of the script on which it begins, from 1.
    pub(super) line: usize,
}

impl Script {
    pub(super) fn new(data: Decoded) -> Self {
        Self { data, held: Vec::new(), seen: 0, line: 1, ended: false, rows: false }
    }

    /// Stored bytes that were read since this was asked last.
    pub(super) fn taken(&mut self) -> u64 {
        self.data.taken()
    }

    /// The next statement; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Piece>> {
        loop {
            while let Some(end) = memchr::memchr(b'\n', &self.held[self.seen..]).map(|at| self.seen + at + 1) {
                let line = &self.held[self.seen..end];
                self.seen = end;
                let closes = line.trim_ascii_end().ends_with(b";") || is_meta(line);
                if closes && let Some(piece) = self.statement(end)? {
                    return Ok(Some(piece));
                }
            }
            if self.held.len() > LARGEST {
                return Err(self.wrong("a statement has no end within 1 GB"));
            }
            match self.data.next().await? {
                Some(piece) => self.held.extend(piece),
                None if self.ended => return Ok(None),
                None => {
                    self.ended = true;
                    self.seen = self.held.len();
                    return self.rest();
                }
            }
        }
    }

    /// The statement that ends at `end`, if one does.
    fn statement(&mut self, end: usize) -> Result<Option<Piece>> {
        let text = String::from_utf8_lossy(&self.held[..end]);
        let mut tokens = significant(&text, Flavor::Postgres);
        let line = self.line;
        match tokens.next() {
            // Comments, and what pg_dump writes for psql alone.
            None => {
                drop(tokens);
                drop(text);
                self.take(end);
                return Ok(None);
            }
            Some(first) if first.text == "\\" => {
                let meta = text[first.offset..].trim_end().to_owned();
                drop(tokens);
                drop(text);
                self.take(end);
                return Ok(Some(Piece::Meta(meta, line)));
            }
            Some(_) => drop(tokens),
        }
        match typed(&text, Flavor::Postgres).1 {
            // The rows of a COPY are read by themselves.
            Waiting::Nothing | Waiting::Open(Unterminated::CopyData) => {}
            _ => return Ok(None),
        }
        let copies = copies(&text);
        drop(text);
        let text = self.take(end);
        self.rows = copies;
        Ok(Some(match copies {
            true => Piece::Copy(Text { text, line }),
            false => Piece::Statement(Text { text, line }),
        }))
    }

    /// What is left at the end.
    fn rest(&mut self) -> Result<Option<Piece>> {
        let text = String::from_utf8_lossy(&self.held).into_owned();
        if significant(&text, Flavor::Postgres).next().is_none() {
            return Ok(None);
        }
        Err(self.wrong("it ends within a statement"))
    }

    /// The next bytes of the rows of a COPY; `None` after their end.
    pub(super) async fn rows(&mut self) -> Result<Option<Vec<u8>>> {
        /// Rows are handed on in pieces of about so many bytes.
        const PIECE: usize = 128 * 1024;
        while self.rows {
            let mut at = 0;
            while let Some(end) = memchr::memchr(b'\n', &self.held[at..]).map(|found| at + found + 1) {
                if self.held[at..end].trim_ascii_end() == b"\\." {
                    self.rows = false;
                    let rows = self.take(at);
                    let ended = memchr::memchr(b'\n', &self.held).map_or(0, |found| found + 1);
                    self.take(ended);
                    return Ok((!rows.is_empty()).then_some(rows));
                }
                at = end;
                if at >= PIECE {
                    break;
                }
            }
            if at > 0 {
                return Ok(Some(self.take(at)));
            }
            if self.held.len() > LARGEST {
                return Err(self.wrong("a row has no end within 1 GB"));
            }
            match self.data.next().await? {
                Some(piece) => self.held.extend(piece),
                None => return Err(self.wrong("it ends within the rows of a COPY")),
            }
        }
        Ok(None)
    }

    fn take(&mut self, end: usize) -> Vec<u8> {
        let rest = self.held.split_off(end);
        let taken = std::mem::replace(&mut self.held, rest);
        self.line += memchr::memchr_iter(b'\n', &taken).count();
        self.seen = 0;
        taken
    }

    fn wrong(&self, why: &str) -> Error {
        Error::new(
            ErrorKind::Verification,
            format!("the script is not whole: {why}, which begins on line {}", self.line),
        )
        .hint("dump it again, or restore another one")
    }
}

/// Is it a line for psql alone?
fn is_meta(line: &[u8]) -> bool {
    line.starts_with(b"\\") && !line.starts_with(b"\\.")
}

/// Is it `COPY … FROM stdin`?
fn copies(text: &str) -> bool {
    let mut tokens = significant(text, Flavor::Postgres);
    if !tokens.next().is_some_and(|first| first.kind == TokenKind::Word && first.text.eq_ignore_ascii_case("COPY")) {
        return false;
    }
    let mut before = String::new();
    for token in tokens {
        if before == "FROM" && token.text.eq_ignore_ascii_case("stdin") {
            return true;
        }
        before = token.text.to_ascii_uppercase();
    }
    false
}

/// Digests rows of text that pass: how many they are.
pub(super) struct Counter(RowReader);

impl Counter {
    pub(super) fn new() -> Self {
        Self(RowReader::new(CopyFormat::Text, Seed(0)))
    }

    pub(super) fn push(&mut self, rows: &[u8]) -> Result<()> {
        self.0.push(rows)
    }

    pub(super) fn finish(self) -> Result<Rows> {
        self.0.finish()
    }
}
