//! The tokens of a statement, walked one by one.

use std::ops::Range;

use crate::sql::normal::unquoted;
use crate::sql::{Token, TokenKind};

/// Walks the tokens of a statement.
pub(super) struct Cursor<'a> {
    pub(super) sql: &'a str,
    pub(super) tokens: &'a [Token<'a>],
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn rest(&self) -> &'a [Token<'a>] {
        self.tokens.get(self.at..).unwrap_or_default()
    }

    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.get(self.at).copied()?;
        self.at += 1;
        Some(token)
    }

    pub(super) fn name(&mut self) -> String {
        self.next().map(|token| unquoted(token.text)).unwrap_or_default()
    }

    pub(super) fn upper(&mut self) -> String {
        self.next().map(|token| token.text.to_uppercase()).unwrap_or_default()
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.rest().first().is_some_and(|token| token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case(word))
    }

    pub(super) fn is_word_of(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(word))
    }

    /// Steps over `word`, where that is what stands here.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn is_punct(&self, punct: &str) -> bool {
        self.rest().first().is_some_and(|token| token.kind == TokenKind::Punct && token.text == punct)
    }

    pub(super) fn punct(&mut self, punct: &str) -> bool {
        let found = self.is_punct(punct);
        self.at += usize::from(found);
        found
    }

    /// The token that closes the parenthesis which opens here.
    pub(super) fn closing(&self) -> Option<usize> {
        if !self.is_punct("(") {
            return None;
        }
        let mut depth = 0;
        for (at, token) in self.tokens.iter().enumerate().skip(self.at) {
            match token.text {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(at);
            }
        }
        None
    }

    /// Steps over parentheses; returns the text in them.
    pub(super) fn parentheses(&mut self) -> String {
        let Some(close) = self.closing() else { return String::new() };
        let from = self.tokens[self.at].offset + 1;
        self.at = close + 1;
        self.sql[from..self.tokens[close].offset].trim().to_owned()
    }

    /// `word` stands behind what stands here.
    pub(super) fn follows(&self, word: &str) -> bool {
        let next = self.tokens.get(self.at + 1);
        next.is_some_and(|token| token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case(word))
    }

    /// Where those tokens stand in the statement.
    pub(super) fn place(&self, tokens: Range<usize>) -> Range<usize> {
        match self.tokens.get(tokens).unwrap_or_default() {
            [] => 0..0,
            [first, .., last] => first.offset..last.offset + last.text.len(),
            [one] => one.offset..one.offset + one.text.len(),
        }
    }

    /// Those tokens as they are written.
    pub(super) fn text(&self, tokens: Range<usize>) -> String {
        self.sql[self.place(tokens)].to_owned()
    }
}
