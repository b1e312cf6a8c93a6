//! What a read-only console does not even send: the first fence, and the only one where the server has none of its own.

use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, Statement, Token, TokenKind, tokens};

/// How to let statements write.
pub(super) const TO_WRITE: &str = "to let statements write: mainstay sql --write …";

/// Functions that reach outside of the transaction, which no ROLLBACK undoes and PostgreSQL lets a read-only one call. Beyond
/// these names such a function can be called in ways that no lexer sees; the role that the console reads as is what bars it.
const REACH_OUT: &[&str] = &[
    "dblink_exec",
    "pg_create_logical_replication_slot",
    "pg_create_physical_replication_slot",
    "pg_create_restore_point",
    "pg_drop_replication_slot",
    "pg_file_rename",
    "pg_file_sync",
    "pg_file_unlink",
    "pg_file_write",
    "pg_logical_emit_message",
    "pg_promote",
    "pg_reload_conf",
    "pg_rotate_logfile",
    "pg_stat_reset",
    "pg_switch_wal",
    "set_config",
];

/// # Errors
/// [`ErrorKind::Refused`]: the statement is none of those that read, or calls what writes past a read-only transaction.
pub(super) fn check(statement: &Statement<'_>, flavor: Flavor) -> Result<()> {
    let tokens = told(statement.text, flavor);
    let Some(first) = tokens.first() else { return Ok(()) };
    let word = first.text.to_ascii_uppercase();
    let reads = match (flavor, word.as_str()) {
        (_, "SELECT" | "VALUES" | "WITH" | "EXPLAIN") => true,
        (Flavor::Postgres, "TABLE" | "SHOW" | "(") => true,
        (Flavor::Postgres, "COPY") => copies_to_us(&tokens),
        (Flavor::Sqlite, "PRAGMA") => !tokens.iter().any(|token| token.text == "="),
        _ => false,
    };
    if !reads {
        return Err(refused(&word, &tokens));
    }
    let called = tokens.windows(2).find(|two| two[1].text == "(" && reaches_out(&two[0]));
    match called {
        Some([token, ..]) if flavor == Flavor::Postgres => Err(Error::new(
            ErrorKind::Refused,
            format!("{} does more than read, and the console is read-only", token.text.to_lowercase()),
        )
        .hint(TO_WRITE)),
        _ => Ok(()),
    }
}

/// Does a statement that begins with WITH go on to change rows?
pub(super) fn changes_after_with(sql: &str, flavor: Flavor) -> bool {
    let mut depth = 0_usize;
    for token in told(sql, flavor) {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            text if depth == 0 && token.kind == TokenKind::Word => match text.to_ascii_uppercase().as_str() {
                "SELECT" | "VALUES" | "TABLE" => return false,
                "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "REPLACE" => return true,
                _ => {}
            },
            _ => {}
        }
    }
    false
}

fn told(sql: &str, flavor: Flavor) -> Vec<Token<'_>> {
    let mut tokens = tokens(sql, flavor);
    tokens.retain(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment));
    tokens
}

/// Is it `COPY … TO STDOUT`, which alone neither reads nor writes a file or program of the server's machine?
fn copies_to_us(tokens: &[Token<'_>]) -> bool {
    matches!(direction(tokens), Some((way, Some(end))) if way == "TO" && end.eq_ignore_ascii_case("stdout"))
}

/// Is it a `COPY … FROM`?
pub(super) fn copies_in(sql: &str) -> bool {
    let tokens = told(sql, Flavor::Postgres);
    tokens.first().is_some_and(|first| first.text.eq_ignore_ascii_case("copy"))
        && matches!(direction(&tokens), Some((way, _)) if way == "FROM")
}

/// A COPY's `TO` or `FROM`, and the word after it.
fn direction<'a>(tokens: &[Token<'a>]) -> Option<(String, Option<&'a str>)> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            text if depth == 0 && token.kind == TokenKind::Word => {
                let word = text.to_ascii_uppercase();
                if word == "TO" || word == "FROM" {
                    return Some((word, tokens.get(at + 1).map(|next| next.text)));
                }
            }
            _ => {}
        }
    }
    None
}

fn reaches_out(token: &Token<'_>) -> bool {
    let name = match token.kind {
        TokenKind::Word => token.text.to_ascii_lowercase(),
        TokenKind::QuotedIdent => token.text.trim_matches('"').to_owned(),
        _ => return false,
    };
    let large_object = ["lo_", "lowrite", "loread"].iter().any(|start| name.starts_with(start));
    (large_object && name != "lo_get") || REACH_OUT.contains(&name.as_str())
}

fn refused(word: &str, tokens: &[Token<'_>]) -> Error {
    let message = match word {
        "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE" => {
            format!("{word}: the console is read-only, and each statement is a transaction of its own")
        }
        "SET" | "RESET" => format!("{word} would hold for no other statement: each is a transaction of its own"),
        "COPY" => match direction(tokens) {
            Some((way, _)) if way == "FROM" => "COPY … FROM writes rows, and the console is read-only".to_owned(),
            _ => "COPY … TO a file or program of the server's machine: the console is read-only".to_owned(),
        },
        _ => {
            let words = tokens.iter().take(2).take_while(|token| token.kind == TokenKind::Word);
            let words: Vec<String> = words.map(|token| token.text.to_ascii_uppercase()).collect();
            let shown =
                if word == "ALTER" || word == "CREATE" || word == "DROP" { words.join(" ") } else { word.to_owned() };
            format!("{shown} may write, and the console is read-only")
        }
    };
    Error::new(ErrorKind::Refused, message).hint(TO_WRITE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(text: &str, flavor: Flavor) -> bool {
        check(&Statement { text, offset: 0, line: 1, copy_data: None }, flavor).is_ok()
    }

    #[test]
    fn what_reads_passes() {
        for text in [
            "select 1",
            "/* a */ (TABLE t)",
            "WITH a AS (SELECT 1) SELECT * FROM a",
            "show all",
            "EXPLAIN ANALYZE SELECT 1",
            "COPY (SELECT 'to program' AS \"to\") TO STDOUT",
            "SELECT lo_title, lo_get(1) FROM t",
        ] {
            assert!(passes(text, Flavor::Postgres), "{text}");
        }
        assert!(passes("PRAGMA table_info(t)", Flavor::Sqlite));
    }

    #[test]
    fn what_does_more_is_refused() {
        for text in [
            "DO $$ $$",
            "COPY t TO PROGRAM 'cat'",
            "COPY t FROM '/f'",
            "COPY (SELECT 1) TO 'stdout'",
            "SELECT \"lo_create\"(0)",
            "SELECT pg_catalog.SET_CONFIG('a', 'b', true)",
            "ALTER SYSTEM SET a = 1",
            "CALL p()",
            "COMMIT",
        ] {
            assert!(!passes(text, Flavor::Postgres), "{text}");
        }
        for text in ["ATTACH 'a' AS b", "PRAGMA user_version = 3", "VACUUM INTO 'x'", "SHOW all"] {
            assert!(!passes(text, Flavor::Sqlite), "{text}");
        }
    }

    #[test]
    fn counts_belong_to_changes() {
        assert!(copies_in("COPY t (\"to\") FROM stdin") && copies_in("copy t from '/f'"));
        assert!(!copies_in("COPY (SELECT * FROM t) TO STDOUT"));
        assert!(changes_after_with("WITH a AS (SELECT 1) DELETE FROM t", Flavor::Postgres));
        assert!(!changes_after_with("WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a", Flavor::Postgres));
    }
}
