//! Python's tokens, as far as reading revision files needs them.
//!
//! Source: the Python language reference, "Lexical analysis".

/// Python itself reads no more brackets in one another.
const DEEPEST: usize = 200;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword.
    Name,
    /// A literal text with its prefix and quotes.
    Text,
    /// A number.
    Number,
    /// One sign; `->` and its like are two.
    Sign,
}

/// One token; comments, blanks and line ends are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Byte offset in the file.
    pub(super) at: usize,
}

/// A logical line, which brackets and backslashes continue over line ends. `;` ends one too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Blanks before its first token; a tab goes to the next multiple of eight.
    pub(super) indent: usize,
    /// Its first token.
    pub(super) first: usize,
    /// Behind its last token.
    pub(super) end: usize,
}

/// The tokens of a file, the logical lines that they make, and its comments with their offsets.
#[derive(Debug, Default)]
pub(super) struct Lexed<'a> {
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) lines: Vec<Line>,
    pub(super) comments: Vec<(usize, &'a str)>,
}

/// Why a file is no Python: where, and one sentence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) message: &'static str,
}

/// Reads `text` into tokens.
pub(super) fn lex(text: &str) -> Result<Lexed<'_>, Fault> {
    let mut lexer = Lexer { text, at: 0, open: Vec::new(), indent: 0, first: 0, lexed: Lexed::default() };
    lexer.run()?;
    Ok(lexer.lexed)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Offsets of the brackets that are open.
    open: Vec<usize>,
    indent: usize,
    first: usize,
    lexed: Lexed<'a>,
}

impl<'a> Lexer<'a> {
    fn run(&mut self) -> Result<(), Fault> {
        if self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        self.indent = self.margin();
        while let Some(byte) = self.byte(0) {
            match byte {
                b' ' | b'\t' | b'\r' | 0x0c => self.at += 1,
                b'\n' => {
                    self.at += 1;
                    if self.open.is_empty() {
                        self.end_line();
                        self.indent = self.margin();
                    }
                }
                b'\\' if matches!(self.byte(1), Some(b'\n' | b'\r')) => {
                    self.at += if self.byte(1) == Some(b'\r') && self.byte(2) == Some(b'\n') { 3 } else { 2 };
                }
                b'#' => self.comment(),
                b';' if self.open.is_empty() => {
                    self.at += 1;
                    self.end_line();
                }
                b'"' | b'\'' => self.literal(self.at)?,
                b'0'..=b'9' => self.while_true(Kind::Number, |c| c.is_alphanumeric() || c == '_' || c == '.'),
                _ if is_name_start(self.char()) => self.name()?,
                _ => self.sign()?,
            }
        }
        self.end_line();
        match self.open.first() {
            Some(&at) => Err(Fault { at, message: "this bracket is never closed" }),
            None => Ok(()),
        }
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn char(&self) -> char {
        self.text[self.at..].chars().next().unwrap_or_default()
    }

    fn push(&mut self, kind: Kind, start: usize) {
        self.lexed.tokens.push(Token { kind, text: &self.text[start..self.at], at: start });
    }

    /// The blanks at the start of a line.
    fn margin(&mut self) -> usize {
        let mut width = 0;
        while let Some(byte @ (b' ' | b'\t')) = self.byte(0) {
            width = if byte == b'\t' { (width / 8 + 1) * 8 } else { width + 1 };
            self.at += 1;
        }
        width
    }

    fn end_line(&mut self) {
        let end = self.lexed.tokens.len();
        if end > self.first {
            self.lexed.lines.push(Line { indent: self.indent, first: self.first, end });
        }
        self.first = end;
    }

    fn comment(&mut self) {
        let rest = &self.text[self.at..];
        let comment = &rest[..rest.find('\n').unwrap_or(rest.len())];
        self.lexed.comments.push((self.at, comment.trim_end()));
        self.at += comment.len();
    }

    fn while_true(&mut self, kind: Kind, holds: fn(char) -> bool) {
        let start = self.at;
        let rest = &self.text[start..];
        self.at += rest.find(|c| !holds(c)).unwrap_or(rest.len());
        self.push(kind, start);
    }

    /// A name, or the prefix of a literal: `r`, `b`, `u`, `f`, `t` in any case, two of them at most.
    fn name(&mut self) -> Result<(), Fault> {
        let start = self.at;
        let rest = &self.text[start..];
        let name = &rest[..rest.find(|c: char| !is_name_start(c) && !c.is_numeric()).unwrap_or(rest.len())];
        let is_prefix = name.len() <= 2 && name.chars().all(|c| "rbuftRBUFT".contains(c));
        self.at += name.len();
        if is_prefix && matches!(self.byte(0), Some(b'"' | b'\'')) {
            return self.literal(start);
        }
        self.push(Kind::Name, start);
        Ok(())
    }

    /// A literal whose prefix begins at `start`, the reader standing at its quote.
    fn literal(&mut self, start: usize) -> Result<(), Fault> {
        let unclosed = Fault { at: start, message: "this text is never closed" };
        let quote = &self.text[self.at..=self.at];
        let triple = self.text[self.at..].starts_with(&quote.repeat(3));
        let width = if triple { 3 } else { 1 };
        self.at += width;
        loop {
            match self.byte(0) {
                None => return Err(unclosed),
                Some(b'\n') if !triple => return Err(unclosed),
                Some(b'\\') => self.at = self.text.len().min(self.at + 1 + self.width_behind()),
                Some(byte) if byte == quote.as_bytes()[0] => {
                    if !triple || self.text[self.at..].starts_with(&quote.repeat(3)) {
                        self.at += width;
                        break;
                    }
                    self.at += 1;
                }
                Some(_) => self.at += 1,
            }
        }
        self.push(Kind::Text, start);
        Ok(())
    }

    /// The length of what a backslash takes along.
    fn width_behind(&self) -> usize {
        self.text[self.at + 1..].chars().next().map_or(0, char::len_utf8)
    }

    fn sign(&mut self) -> Result<(), Fault> {
        let (start, sign) = (self.at, self.char());
        self.at += sign.len_utf8();
        match sign {
            '(' | '[' | '{' if self.open.len() == DEEPEST => {
                return Err(Fault { at: start, message: "too many brackets are nested here" });
            }
            '(' | '[' | '{' => self.open.push(start),
            ')' | ']' | '}' if self.open.pop().is_none() => {
                return Err(Fault { at: start, message: "this bracket closes nothing" });
            }
            _ => {}
        }
        self.push(Kind::Sign, start);
        Ok(())
    }
}

fn is_name_start(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

/// What a literal says: its quotes, prefix and escapes resolved; each `{…}` of an f-text is `_`.
pub(super) fn said(literal: &str) -> String {
    let Some(open) = literal.find(['"', '\'']) else { return String::new() };
    let (prefix, quoted) = literal.split_at(open);
    let width = if quoted.len() >= 6 && (quoted.starts_with("\"\"\"") || quoted.starts_with("'''")) { 3 } else { 1 };
    let inner = quoted.get(width..quoted.len().saturating_sub(width)).unwrap_or_default();
    let raw = prefix.contains(['r', 'R']);
    let text = if raw || !inner.contains('\\') { inner.to_owned() } else { unescaped(inner) };
    if prefix.contains(['f', 'F', 't', 'T']) { filled(&text) } else { text }
}

fn unescaped(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('\n') | None) => {}
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some(escaped @ ('\\' | '\'' | '"'))) => out.push(escaped),
            ('\\', Some(other)) => out.extend(['\\', other]),
            (c, _) => out.push(c),
        }
    }
    out
}

fn filled(text: &str) -> String {
    let (mut out, mut depth) = (String::with_capacity(text.len()), 0_usize);
    for c in text.chars() {
        match c {
            '{' => {
                if depth == 0 {
                    out.push('_');
                }
                depth += 1;
            }
            '}' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<Vec<&str>> {
        let lexed = lex(text).unwrap();
        let words = |line: &Line| lexed.tokens[line.first..line.end].iter().map(|token| token.text).collect();
        lexed.lines.iter().map(words).collect()
    }

    #[test]
    fn lines_are_logical() {
        assert_eq!(
            texts("a = (1,\n  # why\n  'x')\nb = 1; c \\\n  = 2\n\n  d\n"),
            [vec!["a", "=", "(", "1", ",", "'x'", ")"], vec!["b", "=", "1"], vec!["c", "=", "2"], vec!["d"]]
        );
        let indents: Vec<usize> =
            lex("a\n  b\n\tc\r\n        d").unwrap().lines.iter().map(|line| line.indent).collect();
        assert_eq!(indents, [0, 2, 8, 8]);
    }

    #[test]
    fn literals_are_whole() {
        for (text, meaning) in [
            ("'a'", "a"),
            ("\"it's\"", "it's"),
            ("'it\\'s\\n'", "it's\n"),
            ("r'\\d'", "\\d"),
            ("'''a 'b' # no comment\n c'''", "a 'b' # no comment\n c"),
            ("f\"DROP TABLE {name:>{width}}\"", "DROP TABLE _"),
            ("Rb'x'", "x"),
            ("''", ""),
            ("'größe'", "größe"),
        ] {
            assert_eq!(texts(text), [[text]], "{text}");
            assert_eq!(said(text), meaning, "{text}");
        }
    }

    #[test]
    fn what_is_no_python_is_told_with_its_place() {
        for (text, at, message) in [
            ("a = 'x\n", 4, "this text is never closed"),
            ("a = \"\"\"x\n", 4, "this text is never closed"),
            ("a = '\\", 4, "this text is never closed"),
            ("f(\n", 1, "this bracket is never closed"),
            ("a)", 1, "this bracket closes nothing"),
        ] {
            assert_eq!(lex(text).unwrap_err(), Fault { at, message }, "{text:?}");
        }
    }

    #[test]
    fn comments_are_kept_apart() {
        let lexed = lex("a # mainstay: allow deletes-data\nb\n").unwrap();
        assert_eq!(lexed.comments, [(2, "# mainstay: allow deletes-data")]);
        assert_eq!(lexed.tokens.len(), 2);
    }
}
