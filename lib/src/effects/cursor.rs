//! Reads a statement word by word.

use crate::plan::words::{Word, begins, group, key, text};
use crate::sql::TokenKind;

/// A name as somebody wrote it: quotes taken off, bare words in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub schema: Option<String>,
    pub name: String,
}

/// What is left of a statement.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'w, 'a> {
    words: &'w [Word<'a>],
}

impl<'w, 'a> Cursor<'w, 'a> {
    pub(super) fn new(words: &'w [Word<'a>]) -> Self {
        Self { words }
    }

    pub(super) fn rest(&self) -> &'w [Word<'a>] {
        self.words
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Goes behind `keys` if they come next.
    pub(super) fn eat(&mut self, keys: &str) -> bool {
        let keys: Vec<&str> = keys.split(' ').collect();
        let here = begins(self.words, &keys);
        if here {
            self.words = &self.words[keys.len()..];
        }
        here
    }

    /// Goes behind as many of these words as come next, in any order.
    pub(super) fn eat_any(&mut self, keys: &[&str]) {
        while !self.is_empty() && keys.contains(&key(self.words, 0)) {
            self.words = &self.words[1..];
        }
    }

    /// Goes behind `keys` wherever they come first outside parentheses.
    pub(super) fn skip_to(&mut self, keys: &str) -> bool {
        match find(self.words, keys) {
            Some(at) => {
                self.words = &self.words[at..];
                self.eat(keys)
            }
            None => false,
        }
    }

    /// Whether `keys` come somewhere outside parentheses.
    pub(super) fn has(&self, keys: &str) -> bool {
        find(self.words, keys).is_some()
    }

    /// The next name, possibly with a schema.
    pub(super) fn name(&mut self) -> Option<Written> {
        let mut parts = vec![self.identifier()?];
        while text(self.words, 0) == "." {
            self.words = &self.words[1..];
            parts.push(self.identifier()?);
        }
        let name = parts.pop()?;
        Some(Written { schema: parts.pop(), name })
    }

    /// The next name without a schema: a column's, a constraint's.
    pub(super) fn identifier(&mut self) -> Option<String> {
        let word = self.words.first()?;
        let name = identifier(word)?;
        self.words = &self.words[1..];
        Some(name)
    }

    /// The names up to something that is none: `a, ONLY s.b *, c`, each with whether its children are left out.
    pub(super) fn names(&mut self) -> Vec<(Written, bool)> {
        let mut names = Vec::new();
        loop {
            let only = self.eat("ONLY");
            let bracketed = self.punct("(");
            let Some(name) = self.name() else { return names };
            names.push((name, only));
            if bracketed {
                self.punct(")");
            }
            self.punct("*");
            // Arguments of a routine.
            if text(self.words, 0) == "(" {
                self.group();
            }
            if !self.punct(",") {
                return names;
            }
        }
    }

    /// Goes behind `mark` if it comes next.
    pub(super) fn punct(&mut self, mark: &str) -> bool {
        let here = text(self.words, 0) == mark && self.words[0].kind == TokenKind::Punct;
        if here {
            self.words = &self.words[1..];
        }
        here
    }

    /// What is in the parentheses that come next.
    pub(super) fn group(&mut self) -> &'w [Word<'a>] {
        if text(self.words, 0) != "(" {
            return &[];
        }
        let inner = group(self.words, 0);
        self.words = self.words.get(inner.len() + 2..).unwrap_or_default();
        inner
    }

    pub(super) fn key(&self) -> &'w str {
        key(self.words, 0)
    }
}

fn find(words: &[Word<'_>], keys: &str) -> Option<usize> {
    let keys: Vec<&str> = keys.split(' ').collect();
    let depth = words.first()?.depth;
    (0..words.len()).find(|&at| words[at].depth == depth && begins(&words[at..], &keys))
}

/// The name that a word is; `None` for what is no name.
pub(super) fn identifier(word: &Word<'_>) -> Option<String> {
    match word.kind {
        TokenKind::Word => Some(word.text.to_lowercase()),
        TokenKind::QuotedIdent => {
            let inner = word.text.strip_prefix('"')?.strip_suffix('"')?;
            Some(inner.replace("\"\"", "\""))
        }
        _ => None,
    }
}

/// The parts of `words` between commas outside parentheses.
pub(super) fn list<'w, 'a>(words: &'w [Word<'a>]) -> impl Iterator<Item = &'w [Word<'a>]> {
    let depth = words.first().map_or(0, |word| word.depth);
    crate::plan::words::parts(words, move |word| word.text == "," && word.depth == depth)
}
