//! What PostgreSQL prints in two ways: it prints an expression that it has read from a person otherwise than one that it has read
//! from its own print, so that two spellings would never become one.

use crate::sql::{Flavor, Token, TokenKind, tokens};

/// Do the two say the same?
pub(super) fn same(one: &str, other: &str) -> bool {
    let may_differ = |text: &str| text.contains("(ARRAY[");
    one == other || ((may_differ(one) || may_differ(other)) && settled(one) == settled(other))
}

/// As [`same`], where there may be none.
pub(super) fn same_or_none(one: Option<&String>, other: Option<&String>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => same(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// The text as the server prints it once it has read its own print: a cast of a list is one of each element,
/// `(ARRAY['a'::varchar])::text[]` is `ARRAY[('a'::varchar)::text]`.
pub(super) fn settled(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(next) = with_one_cast_less(&text) {
        text = next;
    }
    text
}

fn with_one_cast_less(text: &str) -> Option<String> {
    let tokens: Vec<Token<'_>> = tokens(text, Flavor::Postgres);
    (0..tokens.len()).find_map(|at| {
        let [open, array, bracket] = tokens.get(at..at + 3)? else { return None };
        if (open.text, array.text, bracket.text) != ("(", "ARRAY", "[") {
            return None;
        }
        let elements = at + 3;
        let close = closing(&tokens, elements)?;
        if joined(tokens.get(close + 1..close + 4)?) != ")::" {
            return None;
        }
        let type_ends = (close + 4..tokens.len().saturating_sub(1))
            .find(|at| (tokens[*at].text, tokens[*at + 1].text) == ("[", "]"))
            .filter(|end| tokens[close + 4..*end].iter().all(|token| is_of_type(token)))?;
        let data_type = joined(&tokens[close + 4..type_ends]);
        let cast: Vec<String> = split(&tokens[elements..close])
            .into_iter()
            .map(|element| format!("({})::{data_type}", joined(element).trim()))
            .collect();
        let (before, after) = (joined(&tokens[..at]), &tokens[type_ends + 2..]);
        Some(format!("{before}ARRAY[{}]{}", cast.join(", "), joined(after)))
    })
}

/// The place of the bracket that closes the one before `from`.
fn closing(tokens: &[Token<'_>], from: usize) -> Option<usize> {
    let mut depth = 1;
    tokens.iter().enumerate().skip(from).find_map(|(at, token)| {
        match token.text {
            "[" | "(" => depth += 1,
            "]" | ")" => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}

/// The elements between commas that are in no parentheses.
fn split<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let mut depth = 0;
    tokens
        .split(|token| {
            match token.text {
                "[" | "(" => depth += 1,
                "]" | ")" => depth -= 1,
                _ => {}
            }
            depth == 0 && token.text == ","
        })
        .collect()
}

fn is_of_type(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdent | TokenKind::Space) || token.text == "."
}

fn joined(tokens: &[Token<'_>]) -> String {
    tokens.iter().map(|token| token.text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cast_of_a_list_is_one_of_each_element() {
        let check = |text: &str, expected: &str| assert_eq!(settled(text), expected);
        check(
            "CHECK (((s)::text = ANY ((ARRAY['a,b'::character varying, 'c'::character varying])::text[])))",
            "CHECK (((s)::text = ANY (ARRAY[('a,b'::character varying)::text, ('c'::character varying)::text])))",
        );
        check("x = ANY (ARRAY['a'::text, 'b'::text])", "x = ANY (ARRAY['a'::text, 'b'::text])");
        check("f((ARRAY[1, g(2, 3)])::bigint[], 4)", "f(ARRAY[(1)::bigint, (g(2, 3))::bigint], 4)");
        check("'(ARRAY[1])::text[]'", "'(ARRAY[1])::text[]'");
        assert!(same("(ARRAY[1])::s.\"T\"[]", "ARRAY[(1)::s.\"T\"]") && !same("ARRAY[1]", "ARRAY[2]"));
    }
}
