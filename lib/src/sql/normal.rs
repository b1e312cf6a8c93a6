//! SQLite's texts as they are meant: it keeps statements as they were typed, so two spellings of one thing must be told from two
//! things here.

use super::words::significant;
use super::{Flavor, Token, TokenKind};

/// `text` in its normal form: one space between tokens, no comments, words and identifiers in lower case, quotes around an
/// identifier only where it could not be read without. Literals stay as they are.
pub fn normal(text: &str) -> String {
    normal_with(text, &|_| true)
}

/// As [`normal`]; what stands in double quotes and `is_name` does not know is a text, as SQLite takes it.
pub fn normal_with(text: &str, is_name: &dyn Fn(&str) -> bool) -> String {
    significant(text, Flavor::Sqlite).map(|token| normal_token(&token, is_name)).collect::<Vec<_>>().join(" ")
}

fn normal_token(token: &Token<'_>, is_name: &dyn Fn(&str) -> bool) -> String {
    match token.kind {
        TokenKind::Word => token.text.to_lowercase(),
        TokenKind::QuotedIdent => {
            let name = unquoted(token.text);
            match token.text.starts_with('"') && !is_name(&name) {
                true => format!("'{}'", name.replace('\'', "''")),
                false => normal_name(&name),
            }
        }
        _ => token.text.to_owned(),
    }
}

/// A name, unquoted, in its normal form.
pub fn normal_name(name: &str) -> String {
    let name = name.to_lowercase();
    let mut chars = name.chars();
    let plain = chars.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && chars.all(|char| char.is_alphanumeric() || matches!(char, '_' | '$'));
    if plain { name } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// A name without its quotes: `"x"`, `` `x` ``, `[x]`, and `'x'`, which SQLite takes too.
pub fn unquoted(text: &str) -> String {
    let quote = text.chars().next().unwrap_or_default();
    match quote {
        '"' | '`' | '\'' if text.len() >= 2 => {
            text[1..text.len() - 1].replace(&format!("{quote}{quote}"), &quote.to_string())
        }
        '[' if text.len() >= 2 => text[1..text.len() - 1].to_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_thing_are_one() {
        for (one, other) in [
            ("CHECK (a > 1)", "check(\"A\">1) -- why"),
            ("SELECT [a b], `c`", "select \"A B\" /* x */ , C"),
            ("VARCHAR(20)", "varchar ( 20 )"),
        ] {
            assert_eq!(normal(one), normal(other));
        }
        for (one, other) in [("'a'", "'A'"), ("a b", "\"a b\""), ("x", "'x'"), ("1.0", "1")] {
            assert_ne!(normal(one), normal(other));
        }
    }

    #[test]
    fn a_text_in_double_quotes_is_a_text() {
        let is_name = |name: &str| name.eq_ignore_ascii_case("a");
        assert_eq!(normal_with("\"A\" = \"It's\"", &is_name), "a = 'It''s'");
    }
}
