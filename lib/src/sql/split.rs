//! Splitting a script into statements.

use super::Flavor;
use super::token::{Lexer, Token, TokenKind};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unterminated {
    /// `$tag$` without its end.
    #[error("a dollar quote")]
    DollarQuote,
    /// `'` without its end.
    #[error("a string")]
    String,
    /// `"` without its end.
    #[error("a quoted identifier")]
    Identifier,
    /// `/*` without its end.
    #[error("a comment")]
    Comment,
    /// `COPY … FROM stdin` without `\.`, or with something else on its line, where its data cannot begin.
    #[error("the data of COPY … FROM stdin")]
    CopyData,
    /// `BEGIN ATOMIC` (PostgreSQL) or a trigger's `BEGIN` (SQLite) without `END`.
    #[error("a body that begins with BEGIN")]
    Body,
}

/// A script that ends inside something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is never closed")]
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
    let mut lexer = Lexer::new(script, flavor);
    let mut lines = Lines { script, offset: 0, line: 1 };
    let mut found = Vec::new();
    let mut draft = Draft::default();
    while let Some((token, open)) = lexer.next() {
        if let Some(what) = open {
            return Err(SplitError { what, offset: token.offset });
        }
        match token.kind {
            TokenKind::Space | TokenKind::Comment => {}
            _ if token.text == ";" && draft.may_end() => {
                let copy =
                    if draft.copies { Some(copy_block(script, &draft, token.offset + 1, flavor)?) } else { None };
                if let Some(block) = &copy {
                    lexer.jump(block.next);
                }
                found.extend(draft.finish(script, &mut lines, copy.map(|block| block.data)));
                draft = Draft::default();
            }
            _ => draft.push(token, flavor),
        }
    }
    if draft.copies {
        return Err(SplitError { what: Unterminated::CopyData, offset: draft.start });
    }
    if !draft.body_closed() {
        return Err(SplitError { what: Unterminated::Body, offset: draft.body_offset });
    }
    found.extend(draft.finish(script, &mut lines, None));
    Ok(found)
}

/// Which statements hold semicolons of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    /// Not enough words yet.
    #[default]
    Undecided,
    /// Ends at the next semicolon outside parentheses.
    Plain,
    /// PostgreSQL's CREATE FUNCTION or PROCEDURE: may have a `BEGIN ATOMIC` body.
    Routine,
    /// SQLite's CREATE TRIGGER: has a body that ends with `; END`.
    Trigger,
    /// PostgreSQL's COPY.
    Copy,
}

/// The statement that is being read.
#[derive(Default)]
pub(super) struct Draft {
    /// Byte offsets of its text; equal while there is none.
    pub(super) start: usize,
    end: usize,
    form: Form,
    /// Its first words, while `form` is undecided.
    head: Vec<String>,
    /// The last token, words in upper case.
    last: String,
    pub(super) parentheses: usize,
    /// Levels of BEGIN ATOMIC and CASE that are open.
    nesting: usize,
    /// Where the body began, for the message.
    body_offset: usize,
    /// A trigger's END was read.
    trigger_ended: bool,
    /// It is `COPY … FROM stdin`.
    pub(super) copies: bool,
}

impl Draft {
    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(super) fn push(&mut self, token: Token<'_>, flavor: Flavor) {
        if self.is_empty() {
            self.start = token.offset;
            self.body_offset = token.offset;
        }
        self.end = token.offset + token.text.len();
        let text = if token.kind == TokenKind::Word { token.text.to_ascii_uppercase() } else { token.text.to_owned() };
        if self.form == Form::Undecided {
            self.head.push(text.clone());
            self.form = form(&self.head, flavor);
        }
        match text.as_str() {
            "(" => self.parentheses += 1,
            ")" => self.parentheses = self.parentheses.saturating_sub(1),
            _ => self.follow(&text, token),
        }
        self.last = text;
    }

    /// What `text`, which came after `self.last`, means for where the statement ends.
    fn follow(&mut self, text: &str, token: Token<'_>) {
        // After AS and after a dot, CASE and END are names.
        let word = token.kind == TokenKind::Word && !matches!(self.last.as_str(), "AS" | ".");
        match self.form {
            Form::Copy if self.parentheses == 0 && self.last == "FROM" => {
                self.copies = matches!(text, "STDIN" | "STDOUT")
            }
            Form::Trigger if word && text == "BEGIN" => self.body_offset = token.offset,
            // `CASE … END` never has a semicolon before its END, and a statement never begins with END.
            Form::Trigger => self.trigger_ended |= self.last == ";" && text == "END",
            Form::Routine if self.nesting == 0 && self.last == "BEGIN" && text == "ATOMIC" => {
                self.nesting = 1;
                self.body_offset = token.offset;
            }
            Form::Routine if word && self.nesting > 0 && text == "CASE" => self.nesting += 1,
            Form::Routine if word && self.nesting > 0 && text == "END" => self.nesting -= 1,
            _ => {}
        }
    }

    pub(super) fn body_closed(&self) -> bool {
        self.nesting == 0 && (self.form != Form::Trigger || self.trigger_ended)
    }

    pub(super) fn may_end(&self) -> bool {
        self.parentheses == 0 && self.body_closed()
    }

    fn finish<'a>(&self, script: &'a str, lines: &mut Lines<'_>, copy_data: Option<&'a str>) -> Option<Statement<'a>> {
        let text = &script[self.start..self.end];
        (!text.is_empty()).then(|| Statement { text, offset: self.start, line: lines.at(self.start), copy_data })
    }
}

fn form(head: &[String], flavor: Flavor) -> Form {
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    match (flavor, head.as_slice()) {
        (Flavor::Postgres, ["COPY"]) => Form::Copy,
        (_, ["CREATE"]) => Form::Undecided,
        (Flavor::Postgres, ["CREATE", "OR"] | ["CREATE", "OR", "REPLACE"]) => Form::Undecided,
        (Flavor::Postgres, ["CREATE", .., "FUNCTION" | "PROCEDURE"]) => Form::Routine,
        (Flavor::Sqlite, ["EXPLAIN"] | ["EXPLAIN", "CREATE"]) => Form::Undecided,
        (Flavor::Sqlite, [.., "CREATE", "TEMP" | "TEMPORARY"]) => Form::Undecided,
        (Flavor::Sqlite, [.., "TRIGGER"]) => Form::Trigger,
        _ => Form::Plain,
    }
}

/// The data of a COPY and the offset at which SQL goes on.
pub(super) struct CopyBlock<'a> {
    data: &'a str,
    pub(super) next: usize,
}

/// The block whose COPY statement ended just before `from`: whole lines up to one that is `\.`.
pub(super) fn copy_block<'a>(
    script: &'a str,
    draft: &Draft,
    from: usize,
    flavor: Flavor,
) -> Result<CopyBlock<'a>, SplitError> {
    let unclosed = SplitError { what: Unterminated::CopyData, offset: draft.start };
    let start = script[from..].find('\n').map(|at| from + at + 1).ok_or(unclosed)?;
    if !ends_its_line(script, from, flavor) {
        return Err(unclosed);
    }
    let mut at = start;
    for line in script[start..].split_inclusive('\n') {
        let next = at + line.len();
        if line.trim_end_matches(['\r', '\n']) == "\\." {
            return Ok(CopyBlock { data: &script[start..at], next });
        }
        at = next;
    }
    Err(unclosed)
}

/// Is there nothing but space and comments between `from` and the end of its line?
pub(super) fn ends_its_line(script: &str, from: usize, flavor: Flavor) -> bool {
    let line = script[from..].split_inclusive('\n').next().unwrap_or_default();
    Lexer::new(line, flavor)
        .all(|(token, open)| open.is_none() && matches!(token.kind, TokenKind::Space | TokenKind::Comment))
}

/// Counts lines going forward.
struct Lines<'a> {
    script: &'a str,
    offset: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, offset: usize) -> usize {
        self.line += self.script[self.offset..offset].matches('\n').count();
        self.offset = offset;
        self.line
    }
}
