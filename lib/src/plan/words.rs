//! A statement as the significant tokens that hazards are found in.

use crate::sql::{self, Flavor, Token, TokenKind};

/// A token that is neither space nor comment.
#[derive(Clone, Debug)]
pub(crate) struct Word<'a> {
    /// What the lexer says it is.
    pub kind: TokenKind,
    /// As written.
    pub text: &'a str,
    /// Upper case for words; empty for all else, so that a quoted name is never taken for a keyword.
    pub key: String,
    /// How many parentheses are open around it.
    pub depth: usize,
    /// Byte offset in the statement.
    #[cfg_attr(not(feature = "lint"), expect(dead_code, reason = "only findings of lint have a place"))]
    pub offset: usize,
}

/// The significant tokens of `sql`.
pub(crate) fn significant(sql: &str, flavor: Flavor) -> Vec<Word<'_>> {
    let mut depth: usize = 0;
    sql::significant(sql, flavor)
        .map(|Token { kind, text, offset }| {
            if text == ")" {
                depth = depth.saturating_sub(1);
            }
            let key = if kind == TokenKind::Word { text.to_ascii_uppercase() } else { String::new() };
            let word = Word { kind, text, key, depth, offset };
            if text == "(" {
                depth += 1;
            }
            word
        })
        .collect()
}

/// Does `words` begin with the keywords `keys`?
pub(crate) fn begins(words: &[Word<'_>], keys: &[&str]) -> bool {
    words.len() >= keys.len() && words.iter().zip(keys).all(|(word, key)| word.key == *key)
}

/// The rest of `words` behind `keys`, or all of it where it does not begin with them.
pub(crate) fn skip<'w, 'a>(words: &'w [Word<'a>], keys: &[&str]) -> &'w [Word<'a>] {
    if begins(words, keys) { &words[keys.len()..] } else { words }
}

/// The key of word `at`, empty behind the end.
pub(crate) fn key<'w>(words: &'w [Word<'_>], at: usize) -> &'w str {
    words.get(at).map_or("", |word| word.key.as_str())
}

/// The text of word `at`, empty behind the end.
pub(crate) fn text<'a>(words: &[Word<'a>], at: usize) -> &'a str {
    words.get(at).map_or("", |word| word.text)
}

/// What is between the parenthesis that opens at `open` and the one that closes it.
pub(crate) fn group<'w, 'a>(words: &'w [Word<'a>], open: usize) -> &'w [Word<'a>] {
    let depth = words[open].depth;
    let inner = &words[open + 1..];
    let end = inner.iter().position(|word| word.text == ")" && word.depth == depth).unwrap_or(inner.len());
    &inner[..end]
}

/// The parts of `words` between separators that `is_separator` accepts.
pub(crate) fn parts<'w, 'a>(
    words: &'w [Word<'a>],
    is_separator: impl Fn(&Word<'a>) -> bool,
) -> impl Iterator<Item = &'w [Word<'a>]> {
    words.split(is_separator).filter(|part| !part.is_empty())
}

/// How many words the possibly qualified name at the start takes.
pub(crate) fn name_len(words: &[Word<'_>]) -> usize {
    let mut len = usize::from(!words.is_empty());
    while text(words, len) == "." {
        len = (len + 2).min(words.len());
    }
    len
}

/// The words as one phrase, spaced as people write it.
pub(crate) fn phrase(words: &[Word<'_>]) -> String {
    let mut out = String::new();
    for (at, word) in words.iter().enumerate() {
        let glued = matches!(word.text, "." | "," | ")" | "(") || at == 0 || matches!(words[at - 1].text, "." | "(");
        if !glued {
            out.push(' ');
        }
        out.push_str(word.text);
    }
    out
}
