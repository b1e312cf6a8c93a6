//! COPY in a script: its rows come with the statement, and there is nowhere for rows to go.

use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, Statement, Token, TokenKind, significant};

/// # Errors
/// [`ErrorKind::Source`]: a `COPY` that waits for rows that nobody sends, or sends rows that nobody takes.
pub(super) fn check(statement: &Statement<'_>) -> Result<()> {
    let mut tokens = significant(statement.text, Flavor::Postgres);
    let is_copy = tokens.next().is_some_and(|first| is(&first, "COPY"));
    if !is_copy || statement.copy_data.is_some() {
        return Ok(());
    }
    let tokens: Vec<Token<'_>> = tokens.collect();
    let says = |one: &str, other: &str| tokens.windows(2).any(|pair| is(&pair[0], one) && is(&pair[1], other));
    let message = if says("FROM", "STDIN") {
        "COPY … FROM stdin without its rows"
    } else if says("TO", "STDOUT") {
        "COPY … TO stdout has nowhere to write"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::Source, message)
        .hint("take it out of the file; psql reads and writes such streams: psql -c '\\copy TABLE to FILE'"))
}

fn is(token: &Token<'_>, word: &str) -> bool {
    token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_stream_without_another_end_is_refused() {
        for (text, copy_data, refused) in [
            ("COPY t FROM stdin", None, true),
            ("COPY t (a, b) FROM STDIN WITH (FORMAT csv)", None, true),
            ("COPY t TO /* the screen */ STDOUT", None, true),
            ("COPY t FROM stdin", Some("1\n"), false),
            ("COPY t FROM '/tmp/file'", None, false),
            ("COPY t TO '/tmp/from stdin'", None, false),
            ("COPY (SELECT 'to stdout') TO '/tmp/file'", None, false),
            ("SELECT 1", None, false),
        ] {
            let statement = Statement { text, offset: 0, line: 1, copy_data };
            assert_eq!(check(&statement).is_err(), refused, "{text}");
        }
    }
}
