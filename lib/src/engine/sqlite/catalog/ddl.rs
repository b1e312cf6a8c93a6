//! What SQLite keeps of an index only in the text of its `CREATE INDEX` statement: expressions and the condition.
//!
//! Source of the grammar: SQLite documentation, "CREATE INDEX".

use crate::sql::{self, Flavor, Token, TokenKind, tokens};

/// The keys of a `CREATE INDEX` statement as written.
pub(super) fn list(sql: &str) -> Vec<String> {
    let tokens = significant(sql);
    let open = tokens.iter().position(|token| token.text == "(");
    open.map(|open| parts(&inner(sql, &tokens, open))).unwrap_or_default()
}

/// The condition of a `CREATE INDEX` statement.
pub(super) fn predicate(sql: &str) -> Option<String> {
    let tokens = significant(sql);
    let open = tokens.iter().position(|token| token.text == "(")?;
    let is_where = |token: &&Token<'_>| token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case("WHERE");
    let word = tokens.get(closing(&tokens, open) + 1).filter(is_where)?;
    Some(sql[word.offset + word.text.len()..].trim().to_owned())
}

/// Text between commas that no parenthesis encloses.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for token in tokens(text, Flavor::Sqlite) {
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        match parts.last_mut() {
            Some(part) if token.text != "," || depth > 0 => part.push_str(token.text),
            _ => parts.push(String::new()),
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

fn significant(sql: &str) -> Vec<Token<'_>> {
    sql::significant(sql, Flavor::Sqlite).collect()
}

/// The token that closes the parenthesis at `open`; the end where nothing does.
fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len().saturating_sub(1)
}

/// The text between the parenthesis at `open` and its end.
fn inner(sql: &str, tokens: &[Token<'_>], open: usize) -> String {
    let from = tokens[open].offset + 1;
    let to = tokens[closing(tokens, open)].offset.max(from);
    sql[from..to].trim().to_owned()
}
