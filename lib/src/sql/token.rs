//! The lexer.
//!
//! Source of the rules: PostgreSQL documentation, "Lexical Structure", and the behaviour of its scanner where
//! that is silent (continued strings, the end of a line comment); SQLite documentation, "SQLite Keywords",
//! "Literal Values", "Parameters".

use super::{Flavor, Unterminated};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A keyword or an unquoted identifier.
    Word,
    /// `"quoted"` (SQLite: also `[x]` and backquotes).
    QuotedIdent,
    /// A string literal of any form, dollar-quoted ones included.
    String,
    /// A number.
    Number,
    /// `$1`, `?1`, `:name`.
    Parameter,
    /// One character of punctuation or operator.
    Punct,
    /// A line or block comment.
    Comment,
    /// White space.
    Space,
}

/// A piece of the text; all tokens together are the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: TokenKind,
    /// Its text as written.
    pub text: &'a str,
    /// Byte offset in the source.
    pub offset: usize,
}

/// The tokens of `source`. Something left open at the end becomes one token up to the end.
pub fn tokens(source: &str, flavor: Flavor) -> Vec<Token<'_>> {
    Lexer::new(source, flavor).map(|(token, _)| token).collect()
}

/// Walks a text token by token; each comes with what was left open, if the text ended inside it.
pub(super) struct Lexer<'a> {
    source: &'a str,
    at: usize,
    flavor: Flavor,
}

type Scanned = (TokenKind, Option<Unterminated>);

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a str, flavor: Flavor) -> Self {
        Self { source, at: 0, flavor }
    }

    /// Goes on at byte `offset`: after data that is no SQL.
    pub(super) fn jump(&mut self, offset: usize) {
        self.at = offset;
    }

    fn scan(&mut self) -> Scanned {
        let postgres = self.flavor == Flavor::Postgres;
        match (self.peek(0), self.peek(1)) {
            (byte, _) if is_space(byte) => self.take(TokenKind::Space, is_space),
            // A byte order mark, at the start or where files were joined.
            (0xEF, _) if self.rest().starts_with('\u{feff}') => self.fixed(TokenKind::Space, '\u{feff}'.len_utf8()),
            (b'-', b'-') => self.line_comment(),
            (b'\\', _) if postgres && self.is_restriction() => self.line_comment(),
            (b'/', b'*') => self.block_comment(),
            (b'\'', _) => self.string(1, false),
            (b'E' | b'e', b'\'') if postgres => self.string(2, true),
            (b'B' | b'b' | b'N' | b'n', b'\'') if postgres => self.string(2, false),
            (b'X' | b'x', b'\'') => self.string(2, false),
            (b'U' | b'u', b'&') if postgres && self.peek(2) == b'\'' => self.string(3, false),
            (b'U' | b'u', b'&') if postgres && self.peek(2) == b'"' => self.identifier(3, b'"'),
            (b'"', _) => self.identifier(1, b'"'),
            (b'`', _) if !postgres => self.identifier(1, b'`'),
            (b'[', _) if !postgres => self.bracketed(),
            (b'$', _) if postgres => self.dollar(),
            (b'?', _) if !postgres => {
                self.at += 1;
                self.take(TokenKind::Parameter, |byte| byte.is_ascii_digit())
            }
            (b'$' | b'@' | b':' | b'#', next) if !postgres && is_word_part(next) => {
                self.at += 1;
                self.take(TokenKind::Parameter, is_word_part)
            }
            (b'0'..=b'9', _) | (b'.', b'0'..=b'9') => self.number(),
            (byte, _) if is_word_start(byte) => self.take(TokenKind::Word, is_word_part),
            _ => self.fixed(TokenKind::Punct, 1),
        }
    }

    /// The byte `ahead` of here; 0 behind the end.
    fn peek(&self, ahead: usize) -> u8 {
        self.source.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn at_end(&self) -> bool {
        self.at >= self.source.len()
    }

    /// Is it the line that `pg_dump` writes for psql alone, since its releases of August 2025?
    fn is_restriction(&self) -> bool {
        let begins_line = self.at == 0 || self.source.as_bytes()[self.at - 1] == b'\n';
        begins_line && ["\\restrict ", "\\unrestrict "].iter().any(|start| self.rest().starts_with(start))
    }

    fn fixed(&mut self, kind: TokenKind, len: usize) -> Scanned {
        self.at += len;
        (kind, None)
    }

    fn take(&mut self, kind: TokenKind, wanted: impl Fn(u8) -> bool) -> Scanned {
        while !self.at_end() && wanted(self.peek(0)) {
            self.at += 1;
        }
        (kind, None)
    }

    fn line_comment(&mut self) -> Scanned {
        let postgres = self.flavor == Flavor::Postgres;
        self.take(TokenKind::Comment, |byte| byte != b'\n' && !(postgres && byte == b'\r'))
    }

    fn block_comment(&mut self) -> Scanned {
        let nests = self.flavor == Flavor::Postgres;
        let mut depth = 1;
        self.at += 2;
        while depth > 0 && !self.at_end() {
            match (self.peek(0), self.peek(1)) {
                (b'*', b'/') => (depth, self.at) = (depth - 1, self.at + 2),
                (b'/', b'*') if nests => (depth, self.at) = (depth + 1, self.at + 2),
                _ => self.at += 1,
            }
        }
        (TokenKind::Comment, (depth > 0).then_some(Unterminated::Comment))
    }

    /// A string whose first quote ends `prefix` bytes from here, with all its continuations.
    fn string(&mut self, prefix: usize, escapes: bool) -> Scanned {
        self.at += prefix;
        while !self.at_end() {
            match (self.peek(0), self.peek(1)) {
                (b'\\', _) if escapes => self.at = (self.at + 2).min(self.source.len()),
                (b'\'', b'\'') => self.at += 2,
                (b'\'', _) => {
                    self.at += 1;
                    match self.continuation() {
                        Some(quote) => self.at = quote + 1,
                        None => return (TokenKind::String, None),
                    }
                }
                _ => self.at += 1,
            }
        }
        (TokenKind::String, Some(Unterminated::String))
    }

    /// Where a string goes on: PostgreSQL joins `'a'` and `'b'` with a line's end between them, and the second
    /// follows the escape rules of the first.
    fn continuation(&self) -> Option<usize> {
        if self.flavor != Flavor::Postgres {
            return None;
        }
        let mut ahead = Lexer { source: self.source, at: self.at, flavor: self.flavor };
        let mut newline = false;
        loop {
            match (ahead.peek(0), ahead.peek(1)) {
                (b'\'', _) => return newline.then_some(ahead.at),
                (b'-', b'-') => _ = ahead.line_comment(),
                (byte, _) if is_space(byte) => {
                    newline |= matches!(byte, b'\n' | b'\r');
                    ahead.at += 1;
                }
                _ => return None,
            }
        }
    }

    fn identifier(&mut self, prefix: usize, quote: u8) -> Scanned {
        self.at += prefix;
        while !self.at_end() {
            if self.peek(0) != quote {
                self.at += 1;
            } else if self.peek(1) == quote {
                self.at += 2;
            } else {
                return self.fixed(TokenKind::QuotedIdent, 1);
            }
        }
        (TokenKind::QuotedIdent, Some(Unterminated::Identifier))
    }

    fn bracketed(&mut self) -> Scanned {
        match self.rest().find(']') {
            Some(end) => self.fixed(TokenKind::QuotedIdent, end + 1),
            None => self.all_that_is_left(TokenKind::QuotedIdent, Unterminated::Identifier),
        }
    }

    fn dollar(&mut self) -> Scanned {
        if self.peek(1).is_ascii_digit() {
            self.at += 1;
            return self.take(TokenKind::Parameter, |byte| byte.is_ascii_digit());
        }
        let Some(delimiter) = dollar_delimiter(self.rest()) else { return self.fixed(TokenKind::Punct, 1) };
        match self.rest()[delimiter.len()..].find(delimiter) {
            Some(end) => self.fixed(TokenKind::String, end + 2 * delimiter.len()),
            None => self.all_that_is_left(TokenKind::String, Unterminated::DollarQuote),
        }
    }

    fn number(&mut self) -> Scanned {
        if self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X' | b'o' | b'O' | b'b' | b'B') {
            self.at += 2;
            return self.take(TokenKind::Number, |byte| byte.is_ascii_hexdigit() || byte == b'_');
        }
        let digits = |byte: u8| byte.is_ascii_digit() || byte == b'_';
        self.take(TokenKind::Number, digits);
        // `1..10` is a range of PL/pgSQL, not `1.` and `.10`.
        if self.peek(0) == b'.' && self.peek(1) != b'.' {
            self.at += 1;
            self.take(TokenKind::Number, digits);
        }
        let sign = usize::from(matches!(self.peek(1), b'+' | b'-'));
        if matches!(self.peek(0), b'e' | b'E') && self.peek(1 + sign).is_ascii_digit() {
            self.at += 1 + sign;
            self.take(TokenKind::Number, digits);
        }
        (TokenKind::Number, None)
    }

    fn all_that_is_left(&mut self, kind: TokenKind, open: Unterminated) -> Scanned {
        self.at = self.source.len();
        (kind, Some(open))
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = (Token<'a>, Option<Unterminated>);

    fn next(&mut self) -> Option<Self::Item> {
        let offset = self.at;
        if self.at_end() {
            return None;
        }
        let (kind, open) = self.scan();
        Some((Token { kind, text: &self.source[offset..self.at], offset }, open))
    }
}

/// `$tag$` at the start of `text`, where that is what it is.
pub(super) fn dollar_delimiter(text: &str) -> Option<&str> {
    let tag = text.strip_prefix('$')?;
    let len = tag.bytes().position(|byte| !is_word_part(byte) || byte == b'$')?;
    let starts_well = len == 0 || is_word_start(tag.as_bytes()[0]);
    (starts_well && tag.as_bytes()[len] == b'$').then(|| &text[..len + 2])
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// Every byte of a character beyond ASCII counts as a letter, for both servers.
fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word_part(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str, flavor: Flavor) -> Vec<(TokenKind, &str)> {
        tokens(source, flavor)
            .into_iter()
            .filter(|token| token.kind != TokenKind::Space)
            .map(|token| (token.kind, token.text))
            .collect()
    }

    fn one(source: &str, flavor: Flavor, kind: TokenKind) {
        assert_eq!(kinds(source, flavor), [(kind, source)], "{source}");
    }

    #[test]
    fn strings_of_postgres() {
        for source in [
            "'a''b'",
            r"'a\'",
            r"E'a\'b'",
            r"e'\\'",
            "U&'d\\0061'",
            "B'01'",
            "x'ff'",
            "N'a'",
            "$$a'b$$",
            "$t$ $$ $T$ $t$",
            "$é$x$é$",
            "'a'\n 'b'",
            "E'a' -- c\n'b\\'c'",
            "'open",
            r"E'open\",
            "$t$open$",
        ] {
            one(source, Flavor::Postgres, TokenKind::String);
        }
    }

    #[test]
    fn dollars_of_postgres() {
        one("a$b$", Flavor::Postgres, TokenKind::Word);
        assert_eq!(
            kinds("$1$$a$$ $2a", Flavor::Postgres),
            [
                (TokenKind::Parameter, "$1"),
                (TokenKind::String, "$$a$$"),
                (TokenKind::Parameter, "$2"),
                (TokenKind::Word, "a")
            ]
        );
        assert_eq!(kinds("$1a$", Flavor::Postgres).len(), 2, "a tag does not begin with a digit");
    }

    #[test]
    fn comments_nest_in_postgres_alone() {
        one("/* a /* b */ c */", Flavor::Postgres, TokenKind::Comment);
        assert_eq!(kinds("/* a /* b */ c", Flavor::Sqlite).len(), 2);
        assert_eq!(kinds("a--b\nc", Flavor::Postgres).len(), 3);
    }

    #[test]
    fn what_pg_dump_tells_psql_is_no_sql() {
        for source in ["\\restrict aB3", "\\unrestrict aB3"] {
            one(source, Flavor::Postgres, TokenKind::Comment);
        }
        assert_eq!(kinds("\\restricted", Flavor::Postgres).len(), 2);
        assert_eq!(kinds("a \\restrict b", Flavor::Postgres).len(), 4, "only where a line begins");
    }

    #[test]
    fn names() {
        for source in ["\"a\"\"b\"", "U&\"a\""] {
            one(source, Flavor::Postgres, TokenKind::QuotedIdent);
        }
        for source in ["\"a\"\"b\"", "`a``b`", "[a b]", "[open"] {
            one(source, Flavor::Sqlite, TokenKind::QuotedIdent);
        }
        one("naïve_名前$1", Flavor::Postgres, TokenKind::Word);
        assert_eq!(kinds("a[1]", Flavor::Postgres).len(), 4);
    }

    #[test]
    fn numbers_and_parameters() {
        for source in ["1", "1.5e-3", ".5", "1_000", "0x1F", "1e10"] {
            one(source, Flavor::Postgres, TokenKind::Number);
        }
        for source in ["?", "?12", ":name", "@a", "$a"] {
            one(source, Flavor::Sqlite, TokenKind::Parameter);
        }
        assert_eq!(kinds("1..10", Flavor::Postgres)[0], (TokenKind::Number, "1"));
        assert_eq!(kinds("1E'x'", Flavor::Postgres)[1], (TokenKind::String, "E'x'"));
        assert_eq!(kinds("a::text", Flavor::Postgres).len(), 4);
    }

    #[test]
    fn a_byte_order_mark_is_space() {
        assert_eq!(kinds("\u{feff}select", Flavor::Postgres), [(TokenKind::Word, "select")]);
    }
}
