//! The lexer.

use super::Flavor;

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
    todo!("{source}{flavor:?}")
}
