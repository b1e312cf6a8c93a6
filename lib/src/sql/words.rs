//! What of a statement has a meaning: its tokens without space and comments, and the words that it begins with.

use super::token::Lexer;
use super::{Flavor, Token, TokenKind};

/// The tokens of `text` that are neither space nor comment, read as they are asked for: the head of a statement of many
/// megabytes costs no more than that of a short one.
pub fn significant(text: &str, flavor: Flavor) -> impl Iterator<Item = Token<'_>> {
    Lexer::new(text, flavor)
        .map(|(token, _)| token)
        .filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment))
}

/// The first words of `text` in upper case, `n` at most, comments and space left out: `["CREATE", "INDEX",
/// "CONCURRENTLY"]`. Ends at the first token that is no word, so at a quoted name, a number or a parenthesis.
pub fn words(text: &str, flavor: Flavor, n: usize) -> Vec<String> {
    significant(text, flavor)
        .take_while(|token| token.kind == TokenKind::Word)
        .take(n)
        .map(|token| token.text.to_ascii_uppercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_no_words() {
        assert_eq!(
            words("/* a */ create -- b\n Index concurrently i on t", Flavor::Postgres, 3),
            ["CREATE", "INDEX", "CONCURRENTLY"]
        );
    }

    #[test]
    fn a_quoted_name_ends_them() {
        assert_eq!(words("drop table \"table\" cascade", Flavor::Postgres, 9), ["DROP", "TABLE"]);
        assert_eq!(words("drop table [table] cascade", Flavor::Sqlite, 9), ["DROP", "TABLE"]);
    }
}
