//! The tokens of a line of an `erDiagram`.

use super::super::drawn::End;

/// Where the reader is in a line.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    pub(super) rest: &'a str,
    /// Of the rest, in the whole text.
    pub(super) offset: usize,
}

impl<'a> Cursor<'a> {
    fn advance(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.offset += bytes;
        self.rest = rest;
        taken
    }

    fn blanks(&mut self) {
        self.advance(self.rest.len() - self.rest.trim_start().len());
    }

    pub(super) fn is_done(&mut self) -> bool {
        self.blanks();
        self.rest.is_empty() || self.rest.starts_with("%%")
    }

    pub(super) fn take(&mut self, token: &str) -> bool {
        self.blanks();
        let found = self.rest.starts_with(token);
        if found {
            self.advance(token.len());
        }
        found
    }

    /// A name in quotes, or bare.
    pub(super) fn name(&mut self) -> Option<String> {
        self.blanks();
        if let Some(inside) = self.rest.strip_prefix('"') {
            let end = inside.find('"')?;
            let name = inside[..end].to_owned();
            self.advance(end + 2);
            return Some(name);
        }
        let is_name = |char: char| char.is_alphanumeric() || matches!(char, '_' | '*' | '.' | '-');
        let length = self.rest.find(|char| !is_name(char)).unwrap_or(self.rest.len());
        // `A--B` ends the name where the relationship begins.
        let length = self.rest[..length].find("--").or_else(|| self.rest[..length].find("..")).unwrap_or(length);
        (length > 0).then(|| self.advance(length).to_owned())
    }

    /// A type or the name of an attribute: up to the next blank, comma, quote or brace.
    pub(super) fn word(&mut self) -> String {
        let length = self.peek_word().len();
        self.advance(length).to_owned()
    }

    pub(super) fn peek_word(&mut self) -> &'a str {
        self.blanks();
        let mut depth = 0;
        let ends = |char: char| {
            depth += i32::from(char == '(') - i32::from(char == ')');
            char.is_whitespace() || matches!(char, '"' | '}') || (char == ',' && depth == 0)
        };
        &self.rest[..self.rest.find(ends).unwrap_or(self.rest.len())]
    }

    /// Both ends of a relationship and the line between them: `}o--||`.
    pub(super) fn ends(&mut self) -> Option<(End, End)> {
        self.blanks();
        let left = End::left(self.rest)?;
        let line = self.rest.get(2..4).filter(|line| matches!(*line, "--" | ".." | ".-" | "-."))?;
        let right = End::right(&self.rest[2 + line.len()..])?;
        self.advance(6);
        Some((left, right))
    }

    pub(super) fn label(&mut self) -> String {
        self.blanks();
        if self.rest.starts_with('"') {
            return self.name().unwrap_or_default();
        }
        self.advance(self.rest.len()).trim().to_owned()
    }

    pub(super) fn skip_past(&mut self, end: char) {
        let length = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len_utf8());
        self.advance(length);
    }
}

impl End {
    pub(super) fn left(text: &str) -> Option<Self> {
        match text.get(..2)? {
            "|o" => Some(Self::ZeroOrOne),
            "||" => Some(Self::One),
            "}o" => Some(Self::ZeroOrMore),
            "}|" => Some(Self::OneOrMore),
            _ => None,
        }
    }

    fn right(text: &str) -> Option<Self> {
        match text.get(..2)? {
            "o|" => Some(Self::ZeroOrOne),
            "||" => Some(Self::One),
            "o{" => Some(Self::ZeroOrMore),
            "|{" => Some(Self::OneOrMore),
            _ => None,
        }
    }
}
