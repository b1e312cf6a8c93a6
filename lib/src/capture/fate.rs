//! What becomes of a statement that a tool has run: part of a migration, a setting that comes along, or nothing.

use std::collections::BTreeSet;

use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, TokenKind, significant, split, words};

/// Settings that belong to a driver or to time limits, and change nothing of what statements do.
const OF_THE_DRIVER: [&str; 14] = [
    "application_name",
    "bytea_output",
    "client_encoding",
    "client_min_messages",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "extra_float_digits",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "lock_timeout",
    "names",
    "session",
    "standard_conforming_strings",
    "statement_timeout",
];

/// Functions that are volatile and leave nothing in a database.
const TRACELESS: [&str; 10] = [
    "clock_timestamp",
    "currval",
    "gen_random_uuid",
    "lastval",
    "pg_sleep",
    "random",
    "timeofday",
    "txid_current",
    "pg_current_xact_id",
    "pg_notify",
];

/// What becomes of a statement.
pub(super) enum Fate {
    /// It is part of the migration.
    Kept,
    /// It only reads, or belongs to the tool.
    Left,
    /// It sets something for its session; `None` for the value takes it back.
    Sets(String, bool),
    /// It takes all settings back.
    SetsNothing,
}

/// What becomes of `sql`; `volatile` are names of functions that may change a database.
///
/// # Errors
/// [`ErrorKind::Unsupported`]: its rows came by `COPY … FROM stdin`, which no log has, or it prepares a transaction.
pub(super) fn fate(sql: &str, volatile: &BTreeSet<String>) -> Result<Fate> {
    let words = words(sql, Flavor::Postgres, 4);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Ok(match words.as_slice() {
        // A message with such a statement cannot be split: where its rows end is not in it.
        _ if split(sql, Flavor::Postgres).is_err() => {
            return Err(Error::new(ErrorKind::Unsupported, "rows came by COPY … FROM stdin, which no log has")
                .source(sql.lines().next().unwrap_or_default().to_owned())
                .hint("let the revision insert them by statements, then try again"));
        }
        ["PREPARE", "TRANSACTION", ..] | ["COMMIT" | "ROLLBACK", "PREPARED", ..] => {
            return Err(Error::new(ErrorKind::Unsupported, "a transaction was prepared, which a migration cannot do")
                .hint("let the chain commit it in the usual way, then try again"));
        }
        ["COPY", ..] if has_word(sql, "stdout") => Fate::Left,
        ["SHOW" | "EXPLAIN" | "DECLARE" | "FETCH" | "MOVE" | "CLOSE" | "LISTEN" | "UNLISTEN" | "NOTIFY", ..] => {
            Fate::Left
        }
        ["TABLE" | "VALUES" | "CHECKPOINT" | "LOAD" | "DEALLOCATE", ..] => Fate::Left,
        ["SET", "TRANSACTION", ..] => Fate::Left,
        ["SET", "CONSTRAINTS" | "LOCAL", ..] => Fate::Kept,
        ["SET", "TIME", "ZONE", ..] => Fate::Sets("timezone".to_owned(), true),
        ["SET", "SESSION", "AUTHORIZATION", ..] => Fate::Sets("role".to_owned(), true),
        ["SET", "SESSION", "CHARACTERISTICS", ..] => Fate::Left,
        ["SET", "SESSION", name, ..] | ["SET", name, ..] => sets(name, true),
        ["SET", ..] => sets(&names(sql).nth(1).unwrap_or_default(), true),
        ["RESET", "ALL"] | ["DISCARD", "ALL"] => Fate::SetsNothing,
        ["RESET", name, ..] => sets(name, false),
        ["SELECT", ..] if names(sql).any(|name| name == "set_config") => sets(&first_text(sql), true),
        ["SELECT" | "WITH", ..] if !changes(sql, volatile) => Fate::Left,
        // A text that begins with a parenthesis is a query, too.
        [] if sql.starts_with('(') && !changes(sql, volatile) => Fate::Left,
        _ => Fate::Kept,
    })
}

fn sets(name: &str, to_something: bool) -> Fate {
    let name = name.to_lowercase();
    match OF_THE_DRIVER.contains(&name.as_str()) {
        true => Fate::Left,
        false => Fate::Sets(name, to_something),
    }
}

/// Whether a query changes something: by a statement in it, or by a function.
fn changes(sql: &str, volatile: &BTreeSet<String>) -> bool {
    ["insert", "update", "delete", "merge", "into"].iter().any(|word| writes(sql, word))
        || called(sql).any(|name| volatile.contains(&name))
}

/// Whether the word stands in it as a verb: `FOR UPDATE` only locks.
fn writes(sql: &str, word: &str) -> bool {
    let mut before = String::new();
    let mut tokens = significant(sql, Flavor::Postgres);
    tokens.any(|token| {
        let is_it = token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case(word);
        let locks = before == "for" || before == "key";
        before = token.text.to_lowercase();
        is_it && !locks
    })
}

fn has_word(sql: &str, word: &str) -> bool {
    names(sql).any(|name| name == word)
}

/// Every name in it, as the catalog has it.
fn names(sql: &str) -> impl Iterator<Item = String> {
    significant(sql, Flavor::Postgres).filter_map(|token| match token.kind {
        TokenKind::Word => Some(token.text.to_lowercase()),
        TokenKind::QuotedIdent => Some(token.text.trim_matches('"').replace("\"\"", "\"")),
        _ => None,
    })
}

/// The names of what it calls: those before a parenthesis.
pub(super) fn called(sql: &str) -> impl Iterator<Item = String> {
    let tokens: Vec<_> = significant(sql, Flavor::Postgres).collect();
    let calls = tokens.windows(2).filter(|pair| pair[1].text == "(");
    let name = |text: &str| match text.strip_prefix('"') {
        Some(quoted) => quoted.trim_end_matches('"').replace("\"\"", "\""),
        None => text.to_lowercase(),
    };
    let is_name = |kind: TokenKind| matches!(kind, TokenKind::Word | TokenKind::QuotedIdent);
    let found: Vec<String> = calls.filter(|pair| is_name(pair[0].kind)).map(|pair| name(pair[0].text)).collect();
    found.into_iter().filter(|name| !TRACELESS.contains(&name.as_str()) && !name.contains("advisory_"))
}

fn first_text(sql: &str) -> String {
    let text = significant(sql, Flavor::Postgres).find(|token| token.kind == TokenKind::String);
    text.map_or_else(String::new, |token| token.text.trim_matches('\'').to_owned())
}
